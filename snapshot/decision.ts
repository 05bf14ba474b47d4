import type { Strength } from './chunk.ts';
import type { ExplainRequest } from './explanation.ts';

/**
 * What was decided about one request that really happened, and why. Routers push these with their telemetry; the policy
 * store keeps them for some minutes. Holds no query, header value, token or body.
 */
export interface DecisionRecord {
  /** `Mesh-Decision-Id`: 32 lower-case hexadecimal digits. */
  readonly decisionId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Milliseconds until the last byte to the client. */
  readonly duration: number;
  readonly reporter: 'router' | 'gateway';
  /** Policies that decided. */
  readonly revision: number;
  readonly generation: number;
  readonly method: string;
  readonly scheme: string;
  /** As addressed, with its port; empty when the request was refused before it was read. */
  readonly authority: string;
  /** Canonical path. */
  readonly path: string;
  /** `namespace/name` of the Gateway that it came through. */
  readonly gateway?: string | undefined;
  /** SPIFFE ID of the caller; absent when it was not established. */
  readonly source?: string | undefined;
  /** How the caller proved it. */
  readonly strength?: Strength | undefined;
  /** SPIFFE IDs of earlier callers, oldest first. */
  readonly via?: readonly string[] | undefined;
  /**
   * End user whose token held, as policies name one: `iss/sub`. One that is too long is cut and ends with `…`. Written by
   * an issuer outside: to be escaped where it is shown.
   */
  readonly endUser?: string | undefined;
  /** Of the connection's peer. */
  readonly remoteAddress?: string | undefined;
  /** `namespace/name` of the addressed service. */
  readonly destination?: string | undefined;
  /** `HTTPRoute/namespace/name/rule`. */
  readonly route?: string | undefined;
  /** `namespace/name` of the service that was called in the end. */
  readonly backend?: string | undefined;
  readonly attempts: readonly DecisionAttempt[];
  readonly status: number;
  /** The refusal's code. */
  readonly reason?: string | undefined;
  readonly check?: string | undefined;
  /** Why, in policy words: never for a caller. */
  readonly detail?: string | undefined;
  /** Absent when policies were not asked. */
  readonly authorization?:
    | {
        readonly decision: 'allow' | 'deny';
        /** `namespace/name` of the policy that decided, or `mesh default`. */
        readonly decidedBy: string;
        readonly why: string;
      }
    | undefined;
  /** What would be decided if the policies in shadow were in force; absent where none has a say. */
  readonly shadow?:
    | { readonly would: 'allow' | 'deny'; readonly decidedBy: string; readonly flips: boolean }
    | undefined;
  /** Rate limits that did not simply have room; absent where all had. */
  readonly limits?: readonly { readonly limit: string; readonly outcome: LimitOutcome }[] | undefined;
}

/** `shadow`: it would have refused; `unknown`: the counter store could not be asked. */
export type LimitOutcome = 'refused' | 'shadow' | 'unknown';

/** One try at one endpoint. */
export interface DecisionAttempt {
  readonly endpoint: string;
  readonly status?: number | undefined;
  readonly failure?: string | undefined;
}

/** A record as the policy store hands it out. */
export interface KeptDecision extends DecisionRecord {
  /** The router that pushed it. */
  readonly router: string;
}

/** Answer of `GET /v1/decisions`. */
export interface DecisionList {
  /** Newest first. */
  readonly items: readonly KeptDecision[];
}

/** Most records in one report. */
export const DECISIONS_PER_REPORT = 400;
/** Most attempts that are told of one request. */
export const DECISION_ATTEMPTS = 8;

/** Longest end user that is kept, with the sign that it was cut. */
export const DECISION_END_USER = 512;
/** Ends an end user that was cut. */
export const CUT = '…';

/** About how many bytes a record takes: its texts, and a fixed amount for the rest. */
export function sizeOfDecision({
  path,
  authority,
  detail,
  source,
  via,
  endUser = '',
  authorization,
  limits = [],
}: DecisionRecord): number {
  const texts = path.length + authority.length + (detail?.length ?? 0) + (source?.length ?? 0) + endUser.length;
  const chain = via === undefined ? 0 : via.join(' ').length;
  const limited = limits.reduce((sum, { limit }) => sum + limit.length + 40, 0);
  return 640 + texts + chain + limited + (authorization?.why.length ?? 0);
}

/**
 * The same request as a question: what would happen to it now. Its query, its headers and what else its end user's token
 * said are not known any more.
 */
export function askedAgain(record: DecisionRecord): ExplainRequest {
  const { method, scheme, authority, path, source, strength, via, remoteAddress, gateway } = record;
  const inMesh = gateway === undefined;
  return {
    method,
    url: `${scheme}://${authority}${path}`,
    ...(!inMesh && { gateway }),
    ...(inMesh && source !== undefined && { from: source }),
    ...(inMesh && source !== undefined && strength !== undefined && { strength }),
    ...(inMesh && via !== undefined && { via }),
    ...(remoteAddress !== undefined && { remoteAddress }),
    ...claimsAgain(record),
  };
}

/** Where the subject has slashes, issuer and subject are other than they were; the principal that policies see is not. */
function claimsAgain({ endUser = CUT }: DecisionRecord): Pick<ExplainRequest, 'claims'> {
  const slash = endUser.lastIndexOf('/', endUser.length - 2);
  if (endUser.endsWith(CUT) || slash < 1) return {};
  return { claims: { iss: endUser.slice(0, slash), sub: endUser.slice(slash + 1) } };
}
