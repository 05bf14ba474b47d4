import { InFlight, type UnderWay } from '../../router/in-flight.ts';
import type { Clock } from '../../router/index.ts';

/** Notices that the client of one request goes away. */
export interface ClientWatch {
  /** From now on at once. */
  closely(): void;
  /** Its answer goes out, and the runtime itself ends what comes of it. */
  stop(): void;
}

/** @param gone called at most once, as soon as it is known */
export type WatchClient = (request: Request, gone: () => void) => ClientWatch;

const closely = ({ signal }: Request, gone: () => void): void => {
  if (signal.aborted) gone();
  else signal.addEventListener('abort', gone);
};

/** From the start. */
export const watchAtOnce: WatchClient = (request, gone) => {
  closely(request, gone);
  return { closely: () => undefined, stop: () => request.signal.removeEventListener('abort', gone) };
};

/** A request that takes longer than once to twice this is watched, milliseconds. */
const LATE = 20;

/**
 * For servers: a signal is made when it is first asked for and costs more than all else of a quick request; Deno even
 * aborts it with every answer. So only those that are not quick are asked for theirs, which tells what happened before.
 */
export class LateWatch {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #unwatched = new InFlight<Unwatched>();
  #looking = false;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  readonly watch: WatchClient = (request, gone) => {
    const one = new Unwatched(request, gone, this.#unwatched);
    this.#unwatched.add(one);
    if (!this.#looking) this.#lookLater();
    return one;
  };

  #lookLater(): void {
    this.#looking = true;
    this.#clock.after(LATE, () => {
      for (const one of this.#unwatched.list()) one.grow();
      if (this.#unwatched.size > 0) this.#lookLater();
      else this.#looking = false;
    });
  }
}

class Unwatched implements ClientWatch, UnderWay {
  place: number | undefined = undefined;
  readonly #request: Request;
  readonly #gone: () => void;
  readonly #among: InFlight<Unwatched>;
  #old = false;
  #watched = false;

  constructor(request: Request, gone: () => void, among: InFlight<Unwatched>) {
    this.#request = request;
    this.#gone = gone;
    this.#among = among;
  }

  grow(): void {
    if (this.#old) this.closely();
    this.#old = true;
  }

  closely(): void {
    this.#among.delete(this);
    if (!this.#watched) closely(this.#request, this.#gone);
    this.#watched = true;
  }

  stop(): void {
    this.#among.delete(this);
    if (this.#watched) this.#request.signal.removeEventListener('abort', this.#gone);
  }
}
