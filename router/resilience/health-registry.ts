import type { ServiceChunk } from '../../snapshot/chunk.ts';
import { RecentlyUsed } from '../identity/recently-used.ts';
import { ServiceHealth } from './service-health.ts';

/** Services whose health is kept; those that nobody called for longest are forgotten, and begin anew. */
const SERVICES = 4096;

/** What one router knows of the health of all services that it calls. Routers tell each other nothing of it. */
export class HealthRegistry {
  readonly #region: string | undefined;
  readonly #services = new RecentlyUsed<string, ServiceHealth>(SERVICES);

  /** @param region that this router runs in */
  constructor(region?: string) {
    this.#region = region;
  }

  /** @param now monotonic, milliseconds */
  of(chunk: ServiceChunk, now: number): ServiceHealth {
    const key = `${chunk.namespace}/${chunk.name}`;
    const known = this.#services.get(key);
    if (known !== undefined) {
      if (known.chunk !== chunk) known.follow(chunk, now);
      return known;
    }
    const health = new ServiceHealth(chunk, now, this.#region);
    this.#services.set(key, health);
    return health;
  }

  values(): Iterable<ServiceHealth> {
    return this.#services.values();
  }
}
