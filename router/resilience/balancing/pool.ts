import type { Random } from '../../ports.ts';
import { admission } from '../breaker.ts';
import type { EndpointHealth } from '../endpoint-health.ts';
import { isOut } from '../outlier.ts';
import { ramp } from '../slow-start.ts';
import { WeightedDraw } from './weighted-draw.ts';

/** One choice that has to be made. */
export interface Ask {
  /** Monotonic, milliseconds. */
  readonly now: number;
  readonly random: Random;
  /** Ids of endpoints that this request was sent to already. */
  readonly tried: readonly string[];
  /** What the choice is bound to, for `consistent-hash`. */
  readonly key: number | undefined;
  /** Id of the endpoint of the caller's session: it is taken, whatever its weight, as long as it is in. */
  readonly pinned: string | undefined;
  /**
   * Whether this request may find out whether an endpoint is back: `first`, because it can be sent again; `last`, when
   * there is nothing else; or `never`.
   */
  readonly probe: 'first' | 'last' | 'never';
  /** A try got no answer at all: the next one goes to another region, if there is one. */
  readonly away?: boolean;
  /** Take those that are out as well: there are too few others (panic). */
  readonly all?: boolean;
}

/** After so many draws that hit what can not be used, everybody is looked at instead. */
const DRAWS = 4;

/** Endpoints among which only weight and the balancer decide: those of one region. */
export class Pool {
  readonly entries: readonly EndpointHealth[];
  readonly #draw: WeightedDraw;
  readonly #slowStart: number | undefined;

  constructor(entries: readonly EndpointHealth[], slowStart: number | undefined) {
    this.entries = entries;
    this.#draw = new WeightedDraw(entries.map(({ endpoint }) => endpoint.weight));
    this.#slowStart = slowStart;
  }

  /** All endpoints have the same weight. */
  get even(): boolean {
    return this.#draw.even;
  }

  /**
   * One endpoint by weight that can be used; undefined when there is none.
   * @param but not this one
   * @param chance uniform in [0, 1), for the first draw
   */
  draw(ask: Ask, but?: EndpointHealth, chance = ask.random.next()): EndpointHealth | undefined {
    for (let n = 0; n < DRAWS; n++) {
      const at = this.#draw.draw(n === 0 ? chance : ask.random.next());
      if (at === undefined) return undefined;
      const entry = this.entries[at] as EndpointHealth;
      if (entry !== but && canBeUsed(entry, ask) && this.isWarm(entry, ask)) return entry;
    }
    return this.#scan(ask, but);
  }

  /** As `draw`, among what is left after everybody has been looked at. */
  #scan(ask: Ask, but: EndpointHealth | undefined): EndpointHealth | undefined {
    const usable = this.entries.filter((entry) => entry !== but && canBeUsed(entry, ask));
    const at = new WeightedDraw(usable.map(({ endpoint }) => endpoint.weight)).draw(ask.random.next());
    return at === undefined ? undefined : usable[at];
  }

  /** By chance, as far as slow start lets it in by now. */
  isWarm({ since }: EndpointHealth, { now, random }: Ask): boolean {
    const share = ramp(since, now, this.#slowStart);
    return share === 1 || random.next() < share;
  }
}

/** Closed, in, of some weight, and not tried by this request. */
export const canBeUsed = (entry: EndpointHealth, ask: Ask): boolean =>
  entry.endpoint.weight > 0 && isIn(entry, ask) && !ask.tried.includes(entry.endpoint.id);

export const isIn = ({ breaker, outlier }: EndpointHealth, { now, all }: Ask): boolean =>
  all === true || (breaker.phase === 'closed' && !isOut(outlier, now));

/** Out by its breaker, and one request may find out whether it is back. */
export const isDue = ({ breaker, outlier }: EndpointHealth, now: number): boolean =>
  admission(breaker, now) === 'probe' && !isOut(outlier, now);
