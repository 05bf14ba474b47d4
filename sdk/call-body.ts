import { MeshError } from './mesh-error.ts';

/** A body that is known before it is sent. */
export interface KnownBody {
  /** What fetch is given; undefined: the body as the caller gave it. */
  readonly replacement?: Uint8Array<ArrayBuffer>;
  /** Content type of a replacement. */
  readonly type?: string;
  /** What goes over the wire. */
  readonly content: string | Uint8Array;
}

/**
 * The bytes of a body that fetch will send.
 * @throws MeshError `body_streamed`
 */
export async function knownBody(body: BodyInit | null | undefined): Promise<KnownBody> {
  if (body === undefined || body === null) return { content: '' };
  if (typeof body === 'string' || body instanceof URLSearchParams) return { content: String(body) };
  if (body instanceof ArrayBuffer) return { content: new Uint8Array(body) };
  if (ArrayBuffer.isView(body)) return { content: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) };
  if (body instanceof Blob) return { content: new Uint8Array(await body.arrayBuffer()) };
  if (body instanceof FormData) {
    // Its boundary is drawn when it is written out, so it is written out here.
    const written = new Response(body);
    const type = written.headers.get('content-type') ?? 'multipart/form-data';
    const replacement = new Uint8Array(await written.arrayBuffer());
    return { replacement, type, content: replacement };
  }
  throw new MeshError(
    'body_streamed',
    'this service asks for a proof that covers the body, and a stream can not be signed before it is sent: ' +
      'give the body as string or bytes',
  );
}
