import type { Body } from '../../router/index.ts';

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

  buffer(cap: number): Promise<void> | undefined {
    if (this.#kept !== undefined) return Promise.resolve();
    const declared = Number(this.#request.headers.get('content-length') ?? Number.NaN);
    if (this.empty || this.#spent || !(declared <= cap)) return undefined;
    return this.#request.arrayBuffer().then((bytes) => {
      this.#kept = new Uint8Array(bytes);
    });
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
