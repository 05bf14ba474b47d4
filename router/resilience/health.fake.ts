import type { Endpoint, ServiceChunk, TrafficSettings } from '../../snapshot/chunk.ts';
import { hexOf } from '../ports.fake.ts';
import type { Random } from '../ports.ts';
import { serviceAt } from '../routing/mesh.fake.ts';
import type { Ask } from './balancing/pool.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import { ServiceHealth, type TryReport } from './service-health.ts';

/** Chance that is the same on every run (mulberry32). */
export class SeededChance implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.next() * 256));
  }

  hex(bytes: number): string {
    return hexOf(this.bytes(bytes));
  }
}

type Changes = { readonly [Name in keyof TrafficSettings]?: Partial<NonNullable<TrafficSettings[Name]>> };

/** A service with these endpoints, by weight or more; settings are changed member by member. */
export function chunkWith(
  endpoints: Readonly<Record<string, number | Partial<Endpoint>>>,
  changes: Changes = {},
): ServiceChunk {
  const { chunk } = serviceAt('shop/orders');
  const traffic = Object.fromEntries(
    Object.entries({ ...chunk.traffic, ...changes }).map(([name, value]) => {
      const before = chunk.traffic[name as keyof TrafficSettings];
      return [name, typeof value === 'object' && typeof before === 'object' ? { ...before, ...value } : value];
    }),
  ) as unknown as TrafficSettings;
  return {
    ...chunk,
    traffic,
    endpoints: Object.entries(endpoints).map(([id, of]) => ({
      id,
      url: `http://127.0.0.1/${id}`,
      weight: 1,
      ...(typeof of === 'number' ? { weight: of } : of),
    })),
  };
}

/** The health of one service, with the time and chance of a test. */
export class Watched {
  readonly random: SeededChance;
  readonly health: ServiceHealth;
  now = 1_000_000;

  constructor(chunk: ServiceChunk, { seed = 1, region }: { readonly seed?: number; readonly region?: string } = {}) {
    this.random = new SeededChance(seed);
    this.health = new ServiceHealth(chunk, this.now, region);
  }

  entry(id: string): EndpointHealth {
    const found = this.health.entries.find(({ endpoint }) => endpoint.id === id);
    if (found === undefined) throw new Error(`there is no endpoint ${id}`);
    return found;
  }

  choose(ask: Partial<Ask> = {}): ReturnType<ServiceHealth['choose']> {
    const { now, random } = this;
    return this.health.choose({ now, random, tried: [], key: undefined, pinned: undefined, probe: 'first', ...ask });
  }

  /** Id of the endpoint that a try would go to, or why to none. */
  chosen(ask: Partial<Ask> = {}): string {
    const entry = this.choose(ask);
    return typeof entry === 'string' ? entry : entry.endpoint.id;
  }

  /** Begins a try. @returns ends it, at the time of then */
  begin(id: string, longest = 1000): (end: TryReport['end'], took?: number, serverError?: boolean) => void {
    const entry = this.entry(id);
    const began = { at: this.now, epoch: this.health.begin(entry, this.now, longest) };
    return (end, took = this.now - began.at, serverError = end === 'failure') =>
      this.health.end(entry, began, { end, serverError, took }, this.now, this.random);
  }

  /** Tries that end at once, one after the other. */
  end(id: string, end: TryReport['end'], times = 1, took = 10): void {
    for (let n = 0; n < times; n++) this.begin(id)(end, took);
  }
}
