import { arrive, type Exchange } from './arrive.ts';
import type { Cancellation } from './cancellation.ts';
import { LocalAnswer, type Pipeline, Refusal, type StageObserver, type Stop } from './exchange.ts';
import type { Arrival, Copy, Forwarded, RouterParts } from './facts.ts';
import type { Body, Connection, Reply, RequestHead } from './message.ts';
import type { Clock } from './ports.ts';
import { internalError, Recording, type Serving } from './recording.ts';
import { refusalOf } from './resilience/failure.ts';
import { ChunkUnavailable } from './snapshot/chunk-reader.ts';
import { SnapshotRejected } from './snapshot/snapshot-rejected.ts';
import type { StageStats } from './stage-stats.ts';
import { randomHex } from './telemetry/ids.ts';

/** Answers one request. Never rejects. The entry writes the reply out and calls its `finish` exactly once. */
export type Handle = (
  request: RequestHead,
  body: Body,
  connection: Connection,
  cancellation: Cancellation,
) => Promise<Reply>;

/** One request: pin the snapshot and the time, run the pipeline, answer, record. */
export function serve<Facts extends Arrival & Forwarded>(pipeline: Pipeline<Arrival, Facts>, serving: Serving): Handle {
  const { parts, follower, routerId, stats } = serving;
  const { clock, random, log } = parts.ports;
  stats?.begin(pipeline.names);

  async function run(exchange: Exchange): Promise<Stop | undefined> {
    const watch = new Watch(stats, clock);
    try {
      const end = await pipeline.run(exchange, watch);
      return end instanceof Refusal || end instanceof LocalAnswer ? end : undefined;
    } catch (error) {
      const stage = pipeline.names[watch.reached] ?? 'the pipeline';
      watch.ran(watch.reached, true);
      if (error instanceof ChunkUnavailable || error instanceof SnapshotRejected) {
        log('warn', `${stage} lacks a part of the snapshot`, { router: routerId, error: error.message });
        return unavailable('snapshot_unavailable');
      }
      log('error', `${stage} failed`, { router: routerId, decisionId: exchange.decisionId, error: describe(error) });
      return internalError();
    }
  }

  return async (request, body, connection, cancellation) => {
    const startTick = clock.monotonic();
    const now = clock.now();
    const decisionId = randomHex(random, 16);
    const snapshot = follower.current(now);
    if (typeof snapshot === 'string') {
      const revision = follower.status().revision ?? 0;
      const record = new Recording(serving, { request, connection, decisionId, now, revision }, startTick);
      return record.reply(unavailable(snapshot));
    }
    const { revision } = snapshot;
    const record = new Recording(serving, { request, connection, decisionId, now, revision }, startTick);
    const exchange = arrive(parts, { request, body, connection, cancellation, decisionId, now, snapshot });
    const stop = await run(exchange);
    for (const copy of exchange.copies ?? []) sendCopy(parts, copy);
    // Also where the head of an answer is there: its body broke off with the cancellation.
    const gone = cancellation.reason && refusalOf(cancellation.reason, 'before the answer went out');
    if (gone !== undefined || stop !== undefined) exchange.response?.body.discard();
    return record.reply(gone ?? stop, exchange);
  };
}

/** Knows how far one request came, and times its stages where somebody counts them. */
class Watch implements StageObserver {
  /** Place of the stage that runs now. */
  reached = 0;
  readonly #stats: StageStats | undefined;
  readonly #clock: Clock;
  #tick: number;

  constructor(stats: StageStats | undefined, clock: Clock) {
    this.#stats = stats;
    this.#clock = clock;
    this.#tick = stats === undefined ? 0 : clock.monotonic();
  }

  ran(index: number, stopped: boolean): void {
    this.reached = index + 1;
    if (this.#stats === undefined) return;
    const now = this.#clock.monotonic();
    this.#stats.add(index, now - this.#tick, stopped);
    this.#tick = now;
  }
}

function sendCopy({ background }: RouterParts, copy: Copy): void {
  if (copy.send !== undefined && !background.tryRun(copy.send, copy.longest)) copy.outcome = 'too_many';
}

const unavailable = (why: 'snapshot_unavailable' | 'snapshot_stale' | 'draining'): Refusal =>
  why === 'draining'
    ? new Refusal('snapshot_unavailable', 'This router is stopping. Nothing was done: send it again.', { check: why })
    : new Refusal(
        why,
        why === 'snapshot_stale'
          ? 'This router has had no word from the policy store for too long.'
          : 'This router has not loaded the policies for this request, and the policy store does not answer.',
      );

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
