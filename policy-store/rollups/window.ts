import type { EdgeStats, SeriesDelta } from '../../snapshot/telemetry.ts';
import { DURATION_BUCKETS, SERIES_LIMIT } from '../../snapshot/telemetry.ts';

/** Milliseconds; the grain of every window. */
export const SLOT = 5_000;
/** Slots that are kept: five minutes. */
const SLOTS = 60;
export const LONGEST_WINDOW = SLOT * SLOTS;
/** Backends, and reasons, of one edge that are told apart; what comes beyond is counted together. */
const MAX_NAMES = 64;

interface Edge {
  readonly source: string;
  readonly destination: string;
  requests: number;
  succeeded: number;
  readonly durationBuckets: number[];
  readonly backends: Map<string, number>;
  readonly reasons: Map<string, number>;
}

type Slot = Map<string, Edge>;

/** The traffic of the last five minutes by edge, in slots of five seconds. Times in milliseconds since the epoch. */
export class TrafficWindow {
  readonly #slots = new Map<number, Slot>();

  add(delta: SeriesDelta, now: number): void {
    const start = now - (now % SLOT);
    const slot = this.#slots.get(start) ?? this.#open(start);
    const { source, destination, backend, code, reason } = delta.labels;
    const edge = edgeOf(slot, source, destination);
    if (!edge) return;
    edge.requests += delta.requests;
    if (Number(code) > 0 && Number(code) < 500 && (reason === 'none' || reason === 'delay_injected'))
      edge.succeeded += delta.requests;
    delta.durationBuckets.forEach((count, bucket) => {
      edge.durationBuckets[bucket] = (edge.durationBuckets[bucket] ?? 0) + count;
    });
    if (backend !== 'none') count(edge.backends, backend, delta.requests);
    if (reason !== 'none') count(edge.reasons, reason, delta.requests);
  }

  /** Edges with traffic in the window, most requests first. The window is widened to the start of its first slot. */
  stats(window: number, now: number): EdgeStats[] {
    const oldest = now - window;
    const from = oldest - (oldest % SLOT);
    const merged: Slot = new Map();
    for (const [start, slot] of this.#slots) {
      if (start < from || start > now) continue;
      for (const edge of slot.values()) merge(merged, edge);
    }
    const seconds = Math.max((now - from) / 1000, 1);
    return [...merged.values()].map((edge) => statsOf(edge, seconds)).sort((a, b) => b.requests - a.requests);
  }

  #open(start: number): Slot {
    for (const old of this.#slots.keys()) if (old <= start - LONGEST_WINDOW) this.#slots.delete(old);
    const slot: Slot = new Map();
    this.#slots.set(start, slot);
    return slot;
  }
}

/** Undefined: the slot is full. */
function edgeOf(slot: Slot, source: string, destination: string): Edge | undefined {
  const key = JSON.stringify([source, destination]);
  const known = slot.get(key);
  if (known || slot.size >= SERIES_LIMIT) return known;
  const durationBuckets = new Array<number>(DURATION_BUCKETS.length + 1).fill(0);
  const made = {
    source,
    destination,
    requests: 0,
    succeeded: 0,
    durationBuckets,
    backends: new Map(),
    reasons: new Map(),
  };
  slot.set(key, made);
  return made;
}

function merge(into: Slot, edge: Edge): void {
  const sum = edgeOf(into, edge.source, edge.destination);
  if (!sum) return;
  sum.requests += edge.requests;
  sum.succeeded += edge.succeeded;
  edge.durationBuckets.forEach((value, bucket) => {
    sum.durationBuckets[bucket] = (sum.durationBuckets[bucket] ?? 0) + value;
  });
  for (const [name, value] of edge.backends) count(sum.backends, name, value);
  for (const [name, value] of edge.reasons) count(sum.reasons, name, value);
}

function count(counts: Map<string, number>, name: string, value: number): void {
  const key = counts.has(name) || counts.size < MAX_NAMES ? name : 'overflow';
  counts.set(key, (counts.get(key) ?? 0) + value);
}

function statsOf(edge: Edge, seconds: number): EdgeStats {
  return {
    source: edge.source,
    destination: edge.destination,
    requests: edge.requests,
    success: edge.requests === 0 ? 1 : edge.succeeded / edge.requests,
    rps: edge.requests / seconds,
    p50: quantile(edge.durationBuckets, 0.5),
    p99: quantile(edge.durationBuckets, 0.99),
    backends: Object.fromEntries(edge.backends),
    reasons: Object.fromEntries(edge.reasons),
  };
}

/** Milliseconds, linear inside the bucket as Prometheus does it; the last bucket answers its lower bound. */
export function quantile(buckets: readonly number[], share: number): number {
  const total = buckets.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  let below = 0;
  for (const [index, upper] of DURATION_BUCKETS.entries()) {
    const here = buckets[index] ?? 0;
    if (here > 0 && below + here >= share * total) {
      const lower = DURATION_BUCKETS[index - 1] ?? 0;
      return 1000 * (lower + (upper - lower) * ((share * total - below) / here));
    }
    below += here;
  }
  return 1000 * (DURATION_BUCKETS.at(-1) ?? 0);
}
