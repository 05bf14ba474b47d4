import type { UpstreamCall } from '../../../router/ports.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What is wrong with one request at an endpoint, in place of its work. */
export type Fault =
  /** The connection is refused, or the reset comes before anything was taken: nothing was processed. */
  | 'refuse'
  /** The work is done, and then the connection breaks. */
  | 'reset'
  /** The request is taken and never answered. */
  | 'hang'
  /** An answer without work, at once. */
  | { readonly status: number; readonly retryAfter?: number }
  /** The work is done, and this is the answer. */
  | { readonly status: number; readonly worked: true };

export interface EndpointSettings {
  readonly id: string;
  readonly region?: string;
  readonly weight?: number;
  /** Requests it works on at the same time; all others wait in line. */
  readonly workers: number;
  /** Mean time of work, milliseconds; each takes as long as chance will have it (exponential). */
  readonly work: number;
  /** Requests that may wait; beyond them the answer is 503 at once. Absent: all of them wait. */
  readonly queue?: number;
}

/** How a try ends that was taken in now. */
export interface Outcome {
  /** Milliseconds until the caller hears of it; infinite: never. */
  readonly after: number;
  readonly status?: number;
  readonly retryAfter?: number;
  readonly failure?: 'connect' | 'reset';
}

/**
 * A server with a line in front of it, which is what real ones do under too much load: it works on everything that it took,
 * also when nobody waits for the answer any more.
 */
export class SimulatedEndpoint {
  readonly settings: EndpointSettings;
  /** What goes wrong, asked for each request; it may look at the time. */
  fault: ((random: SeededRandom, now: number) => Fault | undefined) | undefined;
  /** Work takes so many times as long. */
  slowness = 1;
  /** A share of the requests takes so many milliseconds longer, beside the line. */
  stutter: { readonly share: number; readonly time: number } | undefined;
  /** What it asks of others before it answers with their status. */
  callsOn: ((call: UpstreamCall) => Promise<number>) | undefined;
  /** Milliseconds to the endpoint and back, beside the time of the region. */
  latency = 1;
  /** Requests that reached it, whatever became of them. */
  tries = 0;
  /** Requests that it has spent work on. */
  worked = 0;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  /** When each worker has nothing to do any more. */
  readonly #freeAt: Float64Array;

  constructor(settings: EndpointSettings, time: VirtualTime, random: SeededRandom) {
    this.settings = settings;
    this.#time = time;
    this.#random = random;
    this.#freeAt = new Float64Array(settings.workers);
  }

  take(): Outcome {
    this.tries++;
    const fault = this.fault?.(this.#random, this.#time.now);
    if (fault === undefined) return this.#work();
    if (fault === 'refuse') return { after: this.latency, failure: 'connect' };
    if (fault === 'hang') return { after: Number.POSITIVE_INFINITY };
    if (fault === 'reset') {
      const { after, status } = this.#work();
      return status === 200 ? { after, failure: 'reset' } : { after, status };
    }
    if ('worked' in fault) return { ...this.#work(), status: fault.status };
    return { after: this.latency, ...fault };
  }

  /** Milliseconds that a request would wait in line now. */
  get backlog(): number {
    return Math.max(0, Math.min(...this.#freeAt) - this.#time.now);
  }

  /** A restart: what was taken and not answered is lost. */
  restart(): void {
    this.#freeAt.fill(0);
  }

  #work(): Outcome & { readonly status: number } {
    const { now } = this.#time;
    const free = this.#freeAt;
    let worker = 0;
    for (let i = 1; i < free.length; i++) if ((free[i] as number) < (free[worker] as number)) worker = i;
    const { queue, work } = this.settings;
    const begins = Math.max(now, free[worker] as number);
    if (queue !== undefined && begins - now > (queue * work * this.slowness) / free.length) {
      return { after: this.latency, status: 503 };
    }
    const ends = begins + this.#random.exponential(work * this.slowness);
    free[worker] = ends;
    this.worked++;
    const stuck = this.stutter !== undefined && this.#random.next() < this.stutter.share ? this.stutter.time : 0;
    return { after: ends - now + stuck + this.latency, status: 200 };
  }
}
