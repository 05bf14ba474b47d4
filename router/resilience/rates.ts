import type { RateLimit } from '../../snapshot/route.ts';
import type { MaybePromise } from '../exchange.ts';
import { RecentlyUsed } from '../identity/recently-used.ts';
import type { RouterPorts } from '../ports.ts';
import type { LimitVerdict } from '../telemetry/record.ts';
import { type AskStore, storeAsker } from './counter-asker.ts';
import type { Bucket, Count, Draw } from './rate-draw.ts';
import { fullAfter, waitFor } from './token-bucket.ts';

/** Buckets of one limit. Who comes over it while all of them are in use shares one bucket with the rest. */
export const BUCKETS_PER_LIMIT = 10_000;
/** Longest name of whom a limit counts; longer ones are counted with the rest. */
const LONGEST_NAME = 256;
/** Limits whose counts outlive a change of the policies. */
const LIMITS = 4_096;
/** Whom no caller and no header can be: they hold no control characters. */
const THE_REST = '\u0000';

/** What the limits say to one request. */
export interface Judged {
  /** The limit that refuses it, of several the one that does longest; absent: it may go on. */
  readonly refusedBy?: Draw;
  /** It is not the caller's fault: the counter store can not be asked. */
  readonly unknown?: true;
  /** What did not simply have room. */
  readonly limited?: readonly LimitVerdict[];
}

/** Rate limits of one router: its own counts, and the way to those that all routers share. */
export interface Rates {
  /** @param where service or rule that the limit was written for @param who empty: it is not known, or all together */
  draw(limit: RateLimit, where: string, who: string): Draw;
  /**
   * Takes one token from each bucket, or from none when one that is in force has none. Synchronous without limits of
   * scope `global`.
   */
  take(draws: readonly Draw[], mesh: string): MaybePromise<Judged>;
}

export function createRates(ports: Pick<RouterPorts, 'clock' | 'counters' | 'log' | 'background'>): Rates {
  const { clock } = ports;
  const counts = new WeakMap<RateLimit, Count>();
  const kept = new RecentlyUsed<string, Count>(LIMITS);
  const ask = storeAsker(ports);

  function countOf(limit: RateLimit, where: string): Count {
    const found = counts.get(limit);
    if (found !== undefined) return found;
    const name = `${where}/${limit.name}`;
    const key = `${name} ${JSON.stringify(limit.per)}`;
    const quoted = JSON.stringify(limit.name);
    const { buckets, rest } = kept.get(key) ?? { buckets: new Map(), rest: { who: THE_REST, fullAt: 0 } };
    const count = { name, quoted, policy: `${quoted}${policyOf(limit)}`, buckets, rest };
    kept.set(key, count);
    counts.set(limit, count);
    return count;
  }

  return {
    draw(limit, where, who) {
      const count = countOf(limit, where);
      return { limit, count, bucket: bucketOf(count, who, clock.monotonic()) };
    },
    take(draws, mesh) {
      const now = clock.monotonic();
      const limited = draws.filter((draw) => waitOf(draw, now) > 0);
      const judged = limited.length === 0 ? PASSED : judge(limited, now);
      if (judged.refusedBy !== undefined) return judged;
      const taken = limited.length === 0 ? draws : draws.filter((draw) => !limited.includes(draw));
      for (const draw of taken) move(draw, 1, now);
      return taken.some(({ limit }) => limit.scope === 'global')
        ? askAll(ask, taken, judged.limited, clock, mesh)
        : judged;
    },
  };
}

const PASSED: Judged = {};

/** Of an item of RateLimit-Policy. Only whole seconds can be said of a window: others are left out. */
const policyOf = ({ requests, window }: RateLimit): string =>
  `;q=${requests}${window % 1000 === 0 ? `;w=${window / 1000}` : ''}`;

const waitOf = ({ bucket, limit }: Draw, now: number): number => waitFor(bucket.fullAt, 1, limit, now);

function move({ bucket, limit }: Draw, cost: number, now: number): void {
  bucket.fullAt = fullAfter(bucket.fullAt, cost, limit, now);
}

/** @param limited what has no room */
function judge(limited: readonly Draw[], now: number, before: readonly LimitVerdict[] = []): Judged {
  let refusedBy: Draw | undefined;
  for (const draw of limited) {
    if (draw.limit.mode === 'shadow') continue;
    if (refusedBy === undefined || waitOf(draw, now) > waitOf(refusedBy, now)) refusedBy = draw;
  }
  const verdicts = limited.map(
    ({ count, limit }): LimitVerdict => ({
      limit: count.name,
      outcome: limit.mode === 'shadow' ? 'shadow' : 'refused',
    }),
  );
  return { ...(refusedBy && { refusedBy }), limited: [...before, ...verdicts] };
}

/**
 * The counts of this router were asked first: what it knows to be over needs no question. What is taken and then not
 * used, because another limit refuses, is given back.
 */
async function askAll(
  ask: AskStore,
  taken: readonly Draw[],
  before: readonly LimitVerdict[] | undefined,
  clock: RouterPorts['clock'],
  mesh: string,
): Promise<Judged> {
  const globals = taken.filter(({ limit }) => limit.scope === 'global');
  const answers = await Promise.all(globals.map((draw) => ask.take(draw, mesh)));
  const now = clock.monotonic();
  const over = globals.filter((_, at) => answers[at] === false);
  const unknown = globals.filter((_, at) => answers[at] === undefined);
  const judged = judge(over, now, [
    ...(before ?? []),
    ...unknown.map(({ count }) => ({ limit: count.name, outcome: 'unknown' as const })),
  ]);
  const closed = unknown.find(({ limit }) => limit.mode === 'enforce' && limit.onFailure === 'refuse');
  const refusedBy = judged.refusedBy ?? closed;
  for (const draw of refusedBy === undefined ? [] : taken) {
    const answer = answers[globals.indexOf(draw)];
    if (answer !== false) move(draw, -1, now);
    if (answer) ask.giveBack(draw);
  }
  if (judged.limited?.length === 0) return PASSED;
  return judged.refusedBy === undefined && closed ? { ...judged, refusedBy: closed, unknown: true } : judged;
}

function bucketOf({ buckets, rest }: Count, who: string, now: number): Bucket {
  const known = buckets.get(who);
  if (known !== undefined) return known;
  if (buckets.size >= BUCKETS_PER_LIMIT) makeRoom(buckets, now);
  if (buckets.size >= BUCKETS_PER_LIMIT || who.length > LONGEST_NAME) return rest;
  const made = { who, fullAt: now };
  buckets.set(who, made);
  return made;
}

/**
 * A full bucket is as good as none. Nobody's count is thrown away: else who comes under ever new names would empty the
 * counts of others, and his own. Looks at two a time; those in use go to the end.
 */
function makeRoom(buckets: Map<string, Bucket>, now: number): void {
  let left = 2;
  for (const [who, bucket] of buckets) {
    buckets.delete(who);
    if (bucket.fullAt > now) buckets.set(who, bucket);
    if (--left === 0) return;
  }
}
