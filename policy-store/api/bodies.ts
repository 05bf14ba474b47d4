import type { MiddlewareHandler } from 'hono';
import { StoreRefusal } from '../refusal.ts';

export const MEBIBYTE = 1024 * 1024;

/** Lets pass only bodies of one of these media types. */
export function takes(...types: readonly string[]): MiddlewareHandler[] {
  return [
    async (c, next) => {
      const type = mediaTypeOf(c.req.header('content-type'));
      if (type !== undefined && types.includes(type)) return next();
      throw new StoreRefusal('content_type_unsupported', `Send the header Content-Type: ${types.join(' or ')}.`);
    },
  ];
}

/** Without parameters, in lower case. */
export function mediaTypeOf(header: string | undefined): string | undefined {
  return header?.split(';')[0]?.trim().toLowerCase();
}

/**
 * The body as text, at most `limit` bytes of it in memory. Anything but UTF-8 is refused: a replaced character would be
 * another document.
 * @throws StoreRefusal `request_too_large`, `request_invalid`
 */
export async function textOf(request: Request, limit: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = Number(request.headers.get('content-length') ?? 0) > limit ? Number.POSITIVE_INFINITY : 0;
  const reader = request.body?.getReader();
  try {
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      bytes += part.value.byteLength;
      if (bytes > limit) break;
      text += decoder.decode(part.value, { stream: true });
    }
    text += decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new StoreRefusal('request_invalid', 'The body is not valid UTF-8. Save the file as UTF-8 and send it again.');
  }
  if (bytes <= limit) return text;
  await reader?.cancel().catch(() => {});
  throw new StoreRefusal('request_too_large', `The body is over ${limit} bytes. Send it in parts.`);
}
