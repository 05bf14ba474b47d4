import type { Handle } from '../../router/index.ts';

/** Lets a socket open before there is something to serve on it: requests that come early wait. */
export class Doorway {
  readonly #opened = Promise.withResolvers<Handle>();
  #inside: Handle = async (...request) => (await this.#opened.promise)(...request);

  readonly handle: Handle = (request, body, connection, cancellation) =>
    this.#inside(request, body, connection, cancellation);

  open(inside: Handle): void {
    this.#inside = inside;
    this.#opened.resolve(inside);
  }
}
