import type { Body } from '../../router/index.ts';
import { encodeBase64Url } from '../../snapshot/strict-jws.ts';

/** A Web request's body. */
export class RequestBody implements Body {
  readonly empty: boolean;
  readonly #request: Request;
  #kept: Uint8Array<ArrayBuffer> | undefined;
  #spent = false;

  constructor(request: Request) {
    this.#request = request;
    this.empty = request.body === null || request.headers.get('content-length') === '0';
  }

  get spent(): boolean {
    return this.#spent;
  }

  get complete(): boolean {
    return this.#kept !== undefined;
  }

  buffer(cap: number): Promise<void> | undefined {
    if (this.#kept !== undefined) return Promise.resolve();
    const declared = Number(this.#request.headers.get('content-length') ?? Number.NaN);
    if (this.empty || this.#spent || !(declared <= cap)) return undefined;
    return this.#request.arrayBuffer().then((bytes) => {
      this.#kept = new Uint8Array(bytes);
    });
  }

  async digest(cap: number): Promise<string | undefined> {
    if (this.#kept === undefined && !this.empty) {
      const declared = Number(this.#request.headers.get('content-length') ?? 0);
      if (this.#spent || declared > cap) return undefined;
      this.#spent = true;
      this.#kept = await bytesOf(this.#request, cap);
      if (this.#kept === undefined) return undefined;
      this.#spent = false;
    }
    const bytes = this.#kept ?? new Uint8Array();
    if (bytes.length > cap) return undefined;
    return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
  }

  /**
   * What fetch sends. A stream is handed over as the runtime made it, so that the runtime can pass it through natively;
   * how much of it fetch takes before a connection stands is not known, so it counts as spent at once.
   */
  outgoing(): Uint8Array<ArrayBuffer> | ReadableStream | null {
    if (this.empty) return null;
    if (this.#kept !== undefined) return this.#kept;
    this.#spent = true;
    return this.#request.body;
  }
}

/** All bytes of a stream that has no declared length, or a wrong one. @returns undefined when there are more than `cap` */
async function bytesOf({ body }: Request, cap: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (body === null) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > cap) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
