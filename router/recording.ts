import type { Exchange } from './arrive.ts';
import { Refusal, type Stop } from './exchange.ts';
import type { RouterParts } from './facts.ts';
import { answerReply, refusalReply } from './local-reply.ts';
import type { Connection, Reply, ReplyEnd, RequestHead, ResponseHead } from './message.ts';
import { isRevokedNow } from './open-calls.ts';
import type { RouterPorts } from './ports.ts';
import type { Reason } from './reasons.ts';
import { corsPolicyOf, shareAnswer } from './routing/cors.ts';
import type { SnapshotFollower } from './snapshot/follower.ts';
import type { StageStats } from './stage-stats.ts';
import type { RequestRecord } from './telemetry/record.ts';

/** What all requests of one router or gateway share. */
export interface Serving {
  readonly parts: RouterParts;
  readonly follower: Pick<SnapshotFollower, 'current' | 'status'>;
  readonly telemetry: RouterPorts['telemetry'];
  readonly routerId: string;
  /** Counts the stages, where somebody shows them. */
  readonly stats?: StageStats | undefined;
}

/** Says "internal_error" to the caller and nothing more. */
export const internalError = (): Refusal => new Refusal('internal_error', 'The mesh failed to serve this request.');

interface Basics {
  readonly request: RequestHead;
  readonly connection: Connection;
  readonly decisionId: string;
  readonly now: number;
  readonly revision: number;
}

/** Makes the reply of one request, and its record when the reply is out. */
export class Recording {
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
