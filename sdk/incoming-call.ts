import type { HeaderSource } from './call-context.ts';
import { MeshError } from './mesh-error.ts';

/** A request as it reached this service: what a Mesh-Call is judged by. */
export interface IncomingCall {
  readonly headers: HeaderSource;
  readonly method: string;
  /** Path and query, as received: the raw request target where the server shows it. */
  readonly target: string;
  /** True where the runtime may have passed the target through a URL parser before anybody could see it. */
  readonly targetParsed: boolean;
  /**
   * The whole body, which whoever handles the request can still read. Asked for only when the Mesh-Call covers it.
   * @throws MeshError `body_too_large`
   */
  body(): Promise<Uint8Array>;
}

/** Bytes of a body that a Mesh-Call covers: routers take no more for a service with `strict-proof`. */
const LARGEST_COVERED_BODY = 1_048_576;

/** Gathers a body that a Mesh-Call covers, within bounds. */
export class CoveredBody {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** @throws MeshError `body_too_large` */
  add(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (this.#length > LARGEST_COVERED_BODY) {
      throw new MeshError('body_too_large', `a body that a Mesh-Call covers has at most ${LARGEST_COVERED_BODY} bytes`);
    }
    this.#chunks.push(chunk);
  }

  whole(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}
