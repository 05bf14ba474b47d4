import {
  CUT,
  DECISION_ATTEMPTS,
  DECISION_END_USER,
  DECISIONS_PER_REPORT,
  type DecisionRecord,
  sizeOfDecision,
} from '../../snapshot/decision.ts';
import { MESH_DEFAULT } from '../authorization/judge.ts';
import type { RequestRecord } from './record.ts';

/** What was let through is a sample; what was refused comes first. */
const ALLOWED = 100;
const REFUSED = DECISIONS_PER_REPORT - ALLOWED;
/** Bytes of one report's decisions. */
const REPORT_BYTES = 256 * 1024;
/** Longest method and authority that are kept: both come from outside. */
const MAX_TEXT = 256;

/**
 * What was decided since the last report: references to the records that are made anyway, so that a request pays next to
 * nothing. Refusals, and what policies in shadow would have decided otherwise, push nothing else out.
 */
export class DecisionLog {
  #refused = new Sample(REFUSED);
  #allowed = new Sample(ALLOWED);

  add(record: RequestRecord): void {
    (record.reason !== undefined || record.limits !== undefined || record.shadow?.flips
      ? this.#refused
      : this.#allowed
    ).add(record);
  }

  /** Everything since the last call that fits into a report. */
  drain(): DecisionRecord[] {
    const kept = [...this.#refused.records, ...this.#allowed.records];
    this.#refused = new Sample(REFUSED);
    this.#allowed = new Sample(ALLOWED);
    const decisions: DecisionRecord[] = [];
    let bytes = 0;
    for (const record of kept) {
      const decision = decisionOf(record);
      bytes += sizeOfDecision(decision);
      if (bytes > REPORT_BYTES) break;
      decisions.push(decision);
    }
    return decisions;
  }
}

/** At most `limit` records, of more a fair choice (Vitter's algorithm R; the chance is that of the decision's ID). */
class Sample {
  readonly records: RequestRecord[] = [];
  readonly #limit: number;
  #seen = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(record: RequestRecord): void {
    this.#seen++;
    if (this.records.length < this.#limit) this.records.push(record);
    else {
      const at = Number.parseInt(record.decisionId.slice(0, 8), 16) % this.#seen;
      if (at < this.#limit) this.records[at] = record;
    }
  }
}

/** What is undefined in it is absent once it is written as JSON. */
function decisionOf(record: RequestRecord): DecisionRecord {
  const { via, endUser, remoteAddress } = record;
  return {
    decisionId: record.decisionId,
    at: record.startedAt,
    duration: Math.round(record.duration * 1000) / 1000,
    reporter: record.reporter,
    revision: record.revision,
    generation: record.generation,
    method: record.method.slice(0, MAX_TEXT),
    scheme: record.scheme,
    authority: record.authority.slice(0, MAX_TEXT),
    path: record.path,
    attempts: record.attempts
      .slice(0, DECISION_ATTEMPTS)
      .map(({ endpoint, status, failure }) => ({ endpoint, status, failure })),
    status: record.status,
    gateway: record.gateway,
    source: record.source,
    strength: record.strength,
    via: via.length > 0 ? via : undefined,
    endUser: endUser === undefined ? undefined : cut(endUser),
    remoteAddress: remoteAddress || undefined,
    destination: record.destination,
    route: record.route,
    backend: record.backend,
    reason: record.reason,
    check: record.check,
    detail: record.detail,
    authorization: authorizationOf(record),
    shadow: record.shadow,
    limits: record.limits,
  };
}

const cut = (endUser: string): string =>
  endUser.length <= DECISION_END_USER ? endUser : `${endUser.slice(0, DECISION_END_USER - CUT.length)}${CUT}`;

function authorizationOf(record: RequestRecord): DecisionRecord['authorization'] {
  const { authorization: decision, decidedBy, detail } = record;
  if (decision === undefined || decidedBy === undefined) return undefined;
  if (decision === 'deny') return { decision, decidedBy, why: detail ?? 'denied' };
  const why = decidedBy === MESH_DEFAULT ? 'no policy matches and none has to' : `ALLOW policy ${decidedBy} matches`;
  return { decision, decidedBy, why };
}
