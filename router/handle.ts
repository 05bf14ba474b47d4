import type { Cancellation } from './cancellation.ts';
import { LocalAnswer, type Pipeline, Refusal, type StageObserver, type Stop } from './exchange.ts';
import type {
  Addressed,
  Arrival,
  AtGateway,
  Authenticated,
  Authorized,
  Copy,
  Delayed,
  Forwarded,
  Limited,
  Mirrored,
  Outbound,
  Routed,
  RouterParts,
  Screened,
  Traced,
  UserAuthenticated,
} from './facts.ts';
import { answerReply, refusalReply } from './local-reply.ts';
import type { Body, Connection, Reply, ReplyEnd, RequestHead, ResponseHead } from './message.ts';
import { isRevokedNow } from './open-calls.ts';
import type { Clock, RouterPorts } from './ports.ts';
import type { Reason } from './reasons.ts';
import { refusalOf } from './resilience/failure.ts';
import { corsPolicyOf, shareAnswer } from './routing/cors.ts';
import { ChunkUnavailable } from './snapshot/chunk-reader.ts';
import type { SnapshotFollower } from './snapshot/follower.ts';
import { SnapshotRejected } from './snapshot/snapshot-rejected.ts';
import { type StageStat, StageStats } from './stage-stats.ts';
import { randomHex } from './telemetry/ids.ts';
import type { RequestRecord } from './telemetry/record.ts';

/** Answers one request. Never rejects. The entry writes the reply out and calls its `finish` exactly once. */
export type Handle = (
  request: RequestHead,
  body: Body,
  connection: Connection,
  cancellation: Cancellation,
) => Promise<Reply>;

/** What all requests of one router or gateway share. */
export interface Serving {
  readonly parts: RouterParts;
  readonly follower: Pick<SnapshotFollower, 'current' | 'status'>;
  readonly telemetry: RouterPorts['telemetry'];
  readonly routerId: string;
}

/** What stages find out. */
type Findings = Screened &
  Traced &
  AtGateway &
  Addressed &
  Authenticated &
  Routed &
  UserAuthenticated &
  Authorized &
  Limited &
  Delayed &
  Outbound &
  Mirrored &
  Forwarded;

/** An exchange on its way: which facts are there depends on how far it came. */
type Exchange = Arrival & { -readonly [Fact in keyof Findings]?: Findings[Fact] | undefined };

/** Says "internal_error" to the caller and nothing more. */
const internalError = (): Refusal => new Refusal('internal_error', 'The mesh failed to serve this request.');

/** One request: pin the snapshot and the time, run the pipeline, answer, record. */
export function serve<Facts extends Arrival & Forwarded>(
  pipeline: Pipeline<Arrival, Facts>,
  serving: Serving,
): { handle: Handle; stageStats(): readonly StageStat[] } {
  const { parts, follower, routerId } = serving;
  const { clock, random, log } = parts.ports;
  const stats = new StageStats(pipeline.names);

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

  const handle: Handle = async (request, body, connection, cancellation) => {
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
  return { handle, stageStats: () => stats.list() };
}

/** Times the stages of one request. */
class Watch implements StageObserver {
  /** Place of the stage that runs now. */
  reached = 0;
  readonly #stats: StageStats;
  readonly #clock: Clock;
  #tick: number;

  constructor(stats: StageStats, clock: Clock) {
    this.#stats = stats;
    this.#clock = clock;
    this.#tick = clock.monotonic();
  }

  ran(index: number, stopped: boolean): void {
    const now = this.#clock.monotonic();
    this.#stats.add(index, now - this.#tick, stopped);
    this.#tick = now;
    this.reached = index + 1;
  }
}

function sendCopy({ background }: RouterParts, copy: Copy): void {
  if (copy.send !== undefined && !background.tryRun(copy.send, copy.longest)) copy.outcome = 'too_many';
}

/** Every fact has its place from the start: an object that grows with each stage would be copied with each stage. */
function arrive(parts: RouterParts, arrival: Omit<Arrival, 'parts' | 'attempts' | 'place' | 'release'>): Exchange {
  const { request, body, connection, snapshot, now, decisionId, cancellation } = arrival;
  return {
    parts,
    request,
    body,
    connection,
    snapshot,
    now,
    decisionId,
    cancellation,
    attempts: [],
    path: undefined,
    query: undefined,
    host: undefined,
    port: undefined,
    authority: undefined,
    headers: undefined,
    meshHeaders: undefined,
    forwarded: undefined,
    credentials: undefined,
    trace: undefined,
    gateway: undefined,
    gatewayPolicies: undefined,
    listenerPort: undefined,
    listenerScheme: undefined,
    service: undefined,
    widerPolicies: undefined,
    principal: undefined,
    via: undefined,
    identity: undefined,
    rule: undefined,
    matchedPrefix: undefined,
    backend: undefined,
    session: undefined,
    forwardedPath: undefined,
    endUser: undefined,
    permit: undefined,
    shadow: undefined,
    draws: undefined,
    limited: undefined,
    delayed: undefined,
    outbound: undefined,
    signAgain: undefined,
    copies: undefined,
    response: undefined,
    release: undefined,
    place: undefined,
  } satisfies Record<keyof Exchange, unknown>;
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

interface Basics {
  readonly request: RequestHead;
  readonly connection: Connection;
  readonly decisionId: string;
  readonly now: number;
  readonly revision: number;
}

/** Makes the reply of one request, and its record when the reply is out. */
class Recording {
  readonly #serving: Serving;
  readonly #basics: Basics;
  readonly #startTick: number;

  constructor(serving: Serving, basics: Basics, startTick: number) {
    this.#serving = serving;
    this.#basics = basics;
    this.#startTick = startTick;
  }

  /** @param stop undefined: the upstream's response, which the exchange then holds */
  reply(stop: Stop | undefined, exchange?: Exchange): Reply {
    const { decisionId, revision, request } = this.#basics;
    const made = stop instanceof Refusal ? refusalReply(stop, decisionId, request) : stop && answerReply(stop);
    if (stop instanceof Refusal && made && exchange) shareWithPage(exchange, made);
    const answer = made ?? exchange?.response;
    if (answer === undefined) return this.reply(internalError(), exchange);
    const { status, headers, body } = answer;
    headers.set('mesh-decision-id', decisionId);
    headers.set('mesh-revision', String(revision));
    let recorded = false;
    const finish = (end: ReplyEnd): void => {
      if (recorded) return;
      recorded = true;
      if (exchange !== undefined) this.#serving.parts.calls.delete(exchange);
      exchange?.release?.();
      this.#serving.telemetry.record(this.#recordOf(answer, stop, exchange, end));
    };
    const isRevoked = exchange?.response && this.#revocation(exchange);
    return isRevoked === undefined ? { status, headers, body, finish } : { status, headers, body, finish, isRevoked };
  }

  /** Only where nobody else ends it. */
  #revocation({ identity, via = [] }: Exchange): Reply['isRevoked'] {
    const { parts, follower } = this.#serving;
    if (identity === undefined || parts.ports.isolated !== true) return undefined;
    return () => {
      const snapshot = follower.current(parts.ports.clock.now());
      return typeof snapshot === 'object' && isRevokedNow({ identity, via }, snapshot.revocations);
    };
  }

  #recordOf(
    answer: ResponseHead,
    stop: Stop | undefined,
    exchange: Partial<Exchange> = {},
    end: ReplyEnd,
  ): RequestRecord {
    const { request, connection, decisionId, now, revision } = this.#basics;
    const refusal = stop instanceof Refusal ? stop : undefined;
    const { service, backend, rule, principal, permit, copies, attempts = [] } = exchange;
    const shadow = exchange.shadow ?? refusal?.shadow;
    const limits = exchange.limited ?? refusal?.limited;
    return {
      reporter: this.#serving.parts.reporter,
      decisionId,
      revision,
      generation: exchange.snapshot?.generation ?? 0,
      startedAt: now,
      duration: this.#serving.parts.ports.clock.monotonic() - this.#startTick,
      method: request.method,
      scheme: request.scheme,
      host: exchange.host ?? '',
      authority: exchange.authority ?? '',
      gateway: exchange.gateway,
      remoteAddress: connection.remoteAddress,
      path: exchange.path ?? '',
      protocol: connection.protocol,
      status: answer.status,
      reason: stop?.reason ?? reasonOf(end, exchange),
      check: refusal?.check,
      detail: refusal ? (refusal.internal ?? refusal.detail) : exchange.delayed,
      source: principal?.id,
      strength: principal?.strength,
      via: exchange.via ?? [],
      endUser: exchange.endUser?.principal,
      destination: service?.key,
      backend: attempts.length > 0 ? backend?.service.key : undefined,
      route: rule?.name,
      authorization: permit ? 'allow' : refusal?.reason === 'permission_denied' ? 'deny' : undefined,
      decidedBy: permit?.decidedBy ?? refusal?.decidedBy,
      ...(shadow && { shadow }),
      ...(limits && { limits }),
      attempts,
      ...(copies && { mirrors: copies.map(({ service: to, outcome }) => ({ service: to, outcome })) }),
      bytesIn: end.bytesIn,
      bytesOut: end.bytesOut,
      trace: exchange.trace,
    };
  }
}

/** Where a rule lets a page read answers, it lets it read ours too: else every refusal is a network error to the page. */
function shareWithPage({ rule, backend, headers }: Exchange, answer: ResponseHead): void {
  const policy = corsPolicyOf([...(rule?.filters ?? []), ...(backend?.filters ?? [])]);
  if (policy !== undefined && headers !== undefined) shareAnswer(policy, headers, answer.headers);
}

/** An answer that broke off half way has a reason too, and one that was delayed on purpose. */
function reasonOf({ outcome }: ReplyEnd, { cancellation, delayed }: Partial<Exchange>): Reason | undefined {
  if (cancellation?.reason === 'revoked') return 'token_invalid';
  if (outcome !== 'complete') return outcome;
  return delayed === undefined ? undefined : 'delay_injected';
}
