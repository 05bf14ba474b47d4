import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { RecentlyUsed } from '../../router/identity/recently-used.ts';

/** So long an answer is used without asking again, milliseconds. */
const FRESH = 5_000;
/** So long a connection waits for a newer answer than the one that is known, milliseconds. */
const PATIENCE = 500;
const MAX_NAMES = 1024;

export interface Resolver {
  /** All addresses of a name. Rejects as `dns.lookup` does. */
  ask(name: string): Promise<readonly LookupAddress[]>;
  /** Milliseconds from any start. */
  now(): number;
  /** Resolves after so many milliseconds, or when `over` is aborted. */
  wait(ms: number, over: AbortSignal): Promise<void>;
}

/**
 * Addresses of upstreams by name. The system asks for two names at a time and no more (libuv), for as long as a resolver
 * that hangs lets it wait: so each name is asked for once at a time, and what is known serves while nobody answers.
 */
export class Names {
  readonly #resolver: Resolver;
  readonly #known = new RecentlyUsed<string, { readonly addresses: readonly LookupAddress[]; readonly at: number }>(
    MAX_NAMES,
  );
  readonly #asking = new Map<string, Promise<readonly LookupAddress[]>>();

  constructor(resolver: Resolver = SYSTEM) {
    this.#resolver = resolver;
  }

  /** For `net.connect`. Never calls back while the resolver hangs and nothing is known: whoever connects has a time-out. */
  readonly lookup: LookupFunction = (name, { all }, done) => {
    this.of(name).then(
      (addresses) => {
        const [first] = addresses;
        if (all) done(null, [...addresses]);
        else done(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => done(error, []),
    );
  };

  async of(name: string): Promise<readonly LookupAddress[]> {
    const known = this.#known.get(name);
    if (known !== undefined && this.#resolver.now() - known.at < FRESH) return known.addresses;
    const asked = this.#ask(name);
    if (known === undefined) return asked;
    const over = new AbortController();
    try {
      return await Promise.race([asked, this.#resolver.wait(PATIENCE, over.signal).then(() => known.addresses)]);
    } catch (error) {
      if (isNoSuchName(error)) throw error;
      return known.addresses;
    } finally {
      over.abort();
    }
  }

  #ask(name: string): Promise<readonly LookupAddress[]> {
    const asking = this.#asking.get(name);
    if (asking !== undefined) return asking;
    const asked = this.#resolver.ask(name).then(
      (addresses) => {
        this.#asking.delete(name);
        this.#known.set(name, { addresses, at: this.#resolver.now() });
        return addresses;
      },
      (error) => {
        this.#asking.delete(name);
        if (isNoSuchName(error)) this.#known.delete(name);
        throw error;
      },
    );
    // Those who wait may have gone.
    asked.catch(() => undefined);
    this.#asking.set(name, asked);
    return asked;
  }
}

/** The resolver's own word that there is no such name, not that it can not tell now (EAI_AGAIN). */
const isNoSuchName = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOTFOUND';

const SYSTEM: Resolver = {
  ask: (name) =>
    new Promise((resolve, reject) => {
      lookup(name, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
    }),
  now: () => performance.now(),
  wait: (ms, over) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      over.addEventListener('abort', () => clearTimeout(timer));
    }),
};
