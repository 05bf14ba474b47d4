import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { StoreRefusal } from '../refusal.ts';

export const MEBIBYTE = 1024 * 1024;

/** Takes a body of one of the media types, up to `limit` bytes. */
export function body(types: readonly string[], limit: number): MiddlewareHandler[] {
  return [
    async (c, next) => {
      const type = mediaTypeOf(c.req.header('content-type'));
      if (type !== undefined && types.includes(type)) return next();
      throw new StoreRefusal('content_type_unsupported', `Send the header Content-Type: ${types.join(' or ')}.`);
    },
    bodyLimit({
      maxSize: limit,
      onError: () => {
        throw new StoreRefusal('request_too_large', `The body is over ${limit} bytes. Send it in parts.`);
      },
    }),
  ];
}

/** Without parameters, in lower case. */
export function mediaTypeOf(header: string | undefined): string | undefined {
  return header?.split(';')[0]?.trim().toLowerCase();
}

/** The body as text. Anything but UTF-8 is refused: a replaced character would be another document. */
export async function textOf(request: { arrayBuffer(): Promise<ArrayBuffer> }): Promise<string> {
  const bytes = await request.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new StoreRefusal('request_invalid', 'The body is not valid UTF-8. Save the file as UTF-8 and send it again.');
  }
}
