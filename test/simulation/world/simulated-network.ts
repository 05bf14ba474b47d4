import type { Cancellation } from '../../../router/cancellation.ts';
import { HeaderList } from '../../../router/headers.ts';
import { FakeBody } from '../../../router/ports.fake.ts';
import { type Transport, type UpstreamCall, UpstreamFailure, type UpstreamResponse } from '../../../router/ports.ts';
import type { Outcome, SimulatedEndpoint } from './simulated-endpoint.ts';
import type { VirtualTime } from './virtual-time.ts';

const NO_BODY = { discard: (): void => {} };

/** Sees every try of every router as it leaves, and what will become of it. */
export type Watch = (call: UpstreamCall, outcome: Outcome) => void;

/** The way from one router to all endpoints. */
export class SimulatedNetwork implements Transport {
  readonly #region: string | undefined;
  readonly #time: VirtualTime;
  readonly #endpoints: ReadonlyMap<string, SimulatedEndpoint>;
  readonly #watch: Watch | undefined;
  /** Tries that were not answered, broken off or given up. */
  underWay = 0;

  constructor(of: {
    readonly region: string | undefined;
    readonly time: VirtualTime;
    readonly endpoints: ReadonlyMap<string, SimulatedEndpoint>;
    readonly watch: Watch | undefined;
  }) {
    this.#region = of.region;
    this.#time = of.time;
    this.#endpoints = of.endpoints;
    this.#watch = of.watch;
  }

  send(call: UpstreamCall, cancel: Cancellation): Promise<UpstreamResponse> {
    const endpoint = this.#endpoints.get(call.endpoint.id);
    // Nobody is there: what an address that was given up answers.
    const outcome: Outcome = endpoint?.take() ?? { after: 1, failure: 'connect' };
    this.#watch?.(call, outcome);
    if (call.body instanceof FakeBody) call.body.send();
    const away = endpoint === undefined || endpoint.settings.region === this.#region ? 0 : FAR;
    this.underWay++;
    return new Promise((resolve, reject) => {
      const takeBack = Number.isFinite(outcome.after)
        ? this.#time.after(outcome.after + away, () => {
            unlink();
            this.underWay--;
            if (outcome.failure !== undefined) {
              reject(new UpstreamFailure(outcome.failure, outcome.failure));
            } else if (endpoint?.callsOn !== undefined) {
              void endpoint.callsOn(call).then((status) => resolve(answerOf({ status })));
            } else resolve(answerOf(outcome));
          })
        : undefined;
      const unlink = cancel.onCancel(() => {
        takeBack?.();
        this.underWay--;
        reject(new UpstreamFailure('cancelled', 'cancelled'));
      });
    });
  }
}

/** Milliseconds there and back between two regions. */
const FAR = 40;

function answerOf({ status = 200, retryAfter }: Pick<Outcome, 'status' | 'retryAfter'>): UpstreamResponse {
  const headers = new HeaderList(retryAfter === undefined ? [] : ['retry-after', String(retryAfter)]);
  return { status, headers, body: NO_BODY };
}
