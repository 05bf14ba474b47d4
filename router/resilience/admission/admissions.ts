import type { AdmissionPolicy, ConcurrencyPolicy } from '../../../snapshot/chunk.ts';
import type { Cancellation } from '../../cancellation.ts';
import { Refusal } from '../../exchange.ts';
import { RecentlyUsed } from '../../identity/recently-used.ts';
import type { Clock } from '../../ports.ts';
import { type Bounded, bounded, pause } from '../bounded.ts';
import { refusalOf } from '../failure.ts';
import { type AdaptiveLimit, afterAnswer, afterIdle, unlimited } from './adaptive-limit.ts';
import { Gate, type Slot } from './gate.ts';

/** Services that are counted; one that was not called for longest begins anew. */
const SERVICES = 1024;
/** How often a request looks for itself where requests share no promise, milliseconds. */
const LOOK_INTERVAL = 10;
/** So long after its time is over a request has ended, with or without a word (ms). */
const GRACE = 1_000;
/** The time of a request that nothing bounds, where one can end without a word (ms). */
const UNBOUNDED = 60_000;

const NONE = Number.POSITIVE_INFINITY;

export interface Limits {
  readonly concurrency?: ConcurrencyPolicy;
  readonly admission?: AdmissionPolicy;
}

/** Gives the place back; a second time does nothing. @param took milliseconds until the answer; undefined: it tells nothing */
export type Leave = (took: number | undefined) => void;

interface ServiceGate {
  readonly gate: Gate;
  adaptive: AdaptiveLimit | undefined;
}

/** How many requests of each service are at work in this isolate; others know nothing of it. */
export class Admissions {
  readonly #clock: Clock;
  readonly #isolated: boolean;
  readonly #gates = new RecentlyUsed<string, ServiceGate>(SERVICES);

  /** @param isolated requests must not touch each other's promises, and may end without a word (Workers) */
  constructor(clock: Clock, isolated = false) {
    this.#clock = clock;
    this.#isolated = isolated;
  }

  /**
   * Takes a place, or waits for one.
   * @param service its key
   * @param deadline of the request, milliseconds since the epoch
   */
  enter(
    service: string,
    limits: Limits,
    deadline: number | undefined,
    client: Cancellation,
  ): Leave | Refusal | Promise<Leave | Refusal> {
    const now = this.#clock.monotonic();
    const left = deadline === undefined ? NONE : deadline - this.#clock.now();
    if (left <= 0) return outOfTime();
    const at = this.#gateOf(service, limits, now);
    const until = this.#isolated ? now + Math.min(left, UNBOUNDED) + GRACE : NONE;
    const slot = at.gate.tryEnter(now, until);
    if (slot !== undefined) return this.#leaveOf(at, slot, limits.admission);
    const { queue, wait } = limits.concurrency ?? { queue: 0, wait: 0 };
    return this.#wait(at.gate, queue, Math.min(wait, left), until, client).then((got) => {
      if (got === undefined) return busy('queue_full');
      if ('value' in got) return this.#leaveOf(at, got.value, limits.admission);
      if (client.reason !== undefined) return refusalOf(client.reason, 'while waiting for room');
      return left <= wait ? outOfTime() : busy('waited_too_long');
    });
  }

  async #wait(
    gate: Gate,
    queue: number,
    longest: number,
    until: number,
    client: Cancellation,
  ): Promise<Bounded<Slot> | undefined> {
    const { promise, resolve } = Promise.withResolvers<Slot>();
    const me = { lookedAt: this.#clock.monotonic(), ...(!this.#isolated && { enter: resolve }) };
    if (!gate.tryWait(me, queue)) return undefined;
    const look = async (cancel: Cancellation): Promise<Slot> => {
      for (;;) {
        await pause(this.#clock, cancel, LOOK_INTERVAL);
        if (cancel.reason !== undefined) return promise;
        const slot = gate.tryEnter(this.#clock.monotonic(), until, me);
        if (slot !== undefined) return slot;
      }
    };
    const bound = { at: this.#clock.now() + longest, reason: 'deadline_exceeded' } as const;
    const start = (cancel: Cancellation): Promise<Slot> => (this.#isolated ? look(cancel) : promise);
    const got = await bounded(this.#clock, client, bound, start, (slot) => gate.leave(slot));
    gate.leaveQueue(me);
    return got;
  }

  #gateOf(service: string, { concurrency, admission }: Limits, now: number): ServiceGate {
    let at = this.#gates.get(service);
    if (at === undefined) {
      at = { gate: new Gate(), adaptive: undefined };
      this.#gates.set(service, at);
    }
    if (admission === undefined) at.adaptive = undefined;
    else if (at.adaptive === undefined) at.adaptive = unlimited(admission, now);
    // A service that hangs is not idle.
    else if (at.gate.atWork === 0) at.adaptive = afterIdle(at.adaptive, now, admission);
    at.gate.limit = Math.min(concurrency?.limit ?? NONE, admission?.maximum ?? NONE, at.adaptive?.limit ?? NONE);
    at.gate.letIn();
    return at;
  }

  #leaveOf(at: ServiceGate, slot: Slot, admission: AdmissionPolicy | undefined): Leave {
    return (took) => {
      const { gate, adaptive } = at;
      const { atWork } = gate;
      if (!gate.leave(slot)) return;
      if (took !== undefined && admission !== undefined && adaptive !== undefined) {
        at.adaptive = afterAnswer(adaptive, took, atWork, this.#clock.monotonic(), admission);
      }
    };
  }
}

const outOfTime = (): Refusal => refusalOf('deadline_exceeded', 'while waiting for room');

const busy = (check: 'queue_full' | 'waited_too_long'): Refusal =>
  new Refusal(
    'concurrency_limit',
    'The service has as many requests at work as it may have. Nothing of this one was sent.',
    { check, headers: { 'retry-after': '1' } },
  );
