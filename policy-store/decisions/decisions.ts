import { type DecisionRecord, type KeptDecision, sizeOfDecision } from '../../snapshot/decision.ts';

/** What is kept at most; times in milliseconds. */
export interface DecisionBounds {
  readonly count: number;
  readonly bytes: number;
  readonly age: number;
}

/** Which of the kept ones; absent members ask for all. */
export interface DecisionFilter {
  readonly reason?: string | undefined;
  /** `namespace/name` of the addressed service or of the backend. */
  readonly service?: string | undefined;
  /** SPIFFE ID of the caller. */
  readonly source?: string | undefined;
  readonly limit: number;
}

export const DECISION_BOUNDS: DecisionBounds = { count: 20_000, bytes: 32 * 1024 * 1024, age: 15 * 60_000 };

/** Share of the places that calls which were let through keep when refusals press. */
const ALLOWED_SHARE = 1 / 4;

/**
 * The decisions that routers pushed to this process, in its memory: gone after a restart, and with several stores on one
 * database each knows of the routers that push to it. The oldest go first; what was let through before what was refused.
 */
export class Decisions {
  readonly #bounds: DecisionBounds;
  readonly #refused = new Kept();
  readonly #allowed = new Kept();

  constructor(bounds: DecisionBounds = DECISION_BOUNDS) {
    this.#bounds = bounds;
  }

  /** @param now milliseconds since the epoch */
  take(records: readonly DecisionRecord[], router: string, now: number): void {
    for (const record of records) {
      const kept = record.reason !== undefined || record.shadow?.flips ? this.#refused : this.#allowed;
      kept.add({ ...record, router }, now);
    }
    this.#forget(now);
  }

  find(decisionId: string, now: number): KeptDecision | undefined {
    this.#forget(now);
    return this.#refused.find(decisionId) ?? this.#allowed.find(decisionId);
  }

  /** Newest first. */
  list(filter: DecisionFilter, now: number): KeptDecision[] {
    this.#forget(now);
    return [...this.#refused.all(), ...this.#allowed.all()]
      .filter((record) => fits(record, filter))
      .sort((a, b) => b.at - a.at)
      .slice(0, filter.limit);
  }

  /** How long a decision is kept at most, milliseconds. */
  get age(): number {
    return this.#bounds.age;
  }

  #forget(now: number): void {
    const { count, bytes, age } = this.#bounds;
    const [refused, allowed] = [this.#refused, this.#allowed];
    for (const kept of [refused, allowed]) kept.dropUntil(now - age);
    while (refused.size + allowed.size > count || refused.bytes + allowed.bytes > bytes) {
      const total = refused.bytes + allowed.bytes;
      const pressing = allowed.size > count * ALLOWED_SHARE || allowed.bytes > total * ALLOWED_SHARE;
      (allowed.size > 0 && (pressing || refused.size === 0) ? allowed : refused).dropOldest();
    }
  }
}

const fits = (record: KeptDecision, { reason, service, source }: DecisionFilter): boolean =>
  (reason === undefined || record.reason === reason) &&
  (service === undefined || record.destination === service || record.backend === service) &&
  (source === undefined || record.source === source);

/** Records in the order in which they came. */
class Kept {
  readonly #records = new Map<string, { readonly record: KeptDecision; readonly at: number; readonly size: number }>();
  bytes = 0;

  get size(): number {
    return this.#records.size;
  }

  add(record: KeptDecision, now: number): void {
    const { decisionId } = record;
    // The first word on a decision stands: nobody may write another one over it.
    if (this.#records.has(decisionId)) return;
    const size = sizeOfDecision(record) + record.router.length;
    this.#records.set(decisionId, { record, at: now, size });
    this.bytes += size;
  }

  find(decisionId: string): KeptDecision | undefined {
    return this.#records.get(decisionId)?.record;
  }

  *all(): Iterable<KeptDecision> {
    for (const { record } of this.#records.values()) yield record;
  }

  dropUntil(at: number): void {
    for (const [decisionId, kept] of this.#records) {
      if (kept.at > at) return;
      this.#drop(decisionId, kept.size);
    }
  }

  dropOldest(): void {
    const [first] = this.#records;
    if (first !== undefined) this.#drop(first[0], first[1].size);
  }

  #drop(decisionId: string, size: number): void {
    this.#records.delete(decisionId);
    this.bytes -= size;
  }
}
