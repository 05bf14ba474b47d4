import type { IssuerKey } from '../../snapshot/key-set.ts';
import type { Log, StorePorts } from '../ports.ts';
import { fetchKeys } from './fetch-keys.ts';
import { type IssuerSource, type OutsideRules, sourceId } from './issuer-source.ts';

/** What is kept of one issuer, for all stores on one database. Times in milliseconds since the epoch. */
export interface KeptKeys {
  readonly keys: readonly IssuerKey[];
  /** When the issuer last answered; undefined: never. */
  readonly fetchedAt: number | undefined;
  /** Attempts in a row that failed. */
  readonly failures: number;
  /** Nobody asks before. */
  readonly nextAt: number;
}

/** Keeps issuers' keys across restarts, and lets one store at a time ask. */
export interface KeyShelf {
  find(id: string): Promise<KeptKeys | undefined>;
  /** Takes the turn of asking until `until`. @returns false when somebody has it, or it is too early */
  claim(id: string, now: number, until: number): Promise<boolean>;
  keep(id: string, kept: KeptKeys): Promise<void>;
}

const MINUTE = 60_000;
/** Keys are asked for again after this long. */
export const REFRESH_EVERY = 5 * MINUTE;
/** An issuer that does not answer is believed for this long. */
const STALE_LIMIT = 24 * 60 * MINUTE;
/** Who took the turn and died gives it up after this long; longer than two fetches take. */
const TURN = 30_000;
const FIRST_RETRY = 5_000;

interface Deps {
  readonly clock: StorePorts['clock'];
  readonly log: Log;
  /** Absent: nobody outside can be asked; what is kept is used. */
  readonly outside?: StorePorts['outside'];
  readonly shelf: KeyShelf;
  /** As the mesh is configured now. */
  rules(): Promise<OutsideRules>;
}

/**
 * The public keys of issuers outside of the mesh: whose end users it knows, who vouches for workloads and operators. An
 * issuer that fails keeps its last keys for 24 h. One that never answered has none, and another's never take their place.
 */
export class IssuerKeys {
  readonly #deps: Deps;
  readonly #underWay = new Map<string, Promise<KeptKeys | undefined>>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Keys to verify with now; asks the issuer when they are due. Empty: none of its tokens can be believed. */
  async keys(source: IssuerSource): Promise<readonly IssuerKey[]> {
    const now = this.#deps.clock.now();
    const kept = await this.#deps.shelf.find(sourceId(source));
    const newest = kept === undefined || kept.nextAt <= now ? await this.#refresh(source) : kept;
    return believed(newest ?? kept, now);
  }

  /** Asks those whose keys are due. Never rejects because of an issuer. */
  async refresh(sources: readonly IssuerSource[]): Promise<void> {
    await Promise.all(sources.map((source) => this.keys(source)));
  }

  #refresh(source: IssuerSource): Promise<KeptKeys | undefined> {
    const id = sourceId(source);
    const underWay = this.#underWay.get(id) ?? this.#ask(source).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, underWay);
    return underWay;
  }

  async #ask(source: IssuerSource): Promise<KeptKeys | undefined> {
    const { clock, log, outside, shelf, rules } = this.#deps;
    const id = sourceId(source);
    if (outside === undefined || !(await shelf.claim(id, clock.now(), clock.now() + TURN))) return shelf.find(id);
    const before = await shelf.find(id);
    let kept: KeptKeys;
    try {
      const keys = await fetchKeys(source, outside, await rules());
      kept = { keys, fetchedAt: clock.now(), failures: 0, nextAt: clock.now() + REFRESH_EVERY };
    } catch (error) {
      kept = failedOnce(before, clock.now());
      const why = error instanceof Error ? error.message : String(error);
      log('warn', 'an issuer did not give its keys', { issuer: source.issuer, error: why, failures: kept.failures });
    }
    await shelf.keep(id, kept);
    return kept;
  }
}

/** What may still be believed of what is kept. */
export function believed(kept: KeptKeys | undefined, now: number): readonly IssuerKey[] {
  return kept?.fetchedAt !== undefined && now - kept.fetchedAt <= STALE_LIMIT ? kept.keys : [];
}

function failedOnce(before: KeptKeys | undefined, now: number): KeptKeys {
  const failures = (before?.failures ?? 0) + 1;
  const wait = Math.min(REFRESH_EVERY, FIRST_RETRY * 2 ** Math.min(failures - 1, 10));
  return { keys: before?.keys ?? [], fetchedAt: before?.fetchedAt, failures, nextAt: now + wait };
}
