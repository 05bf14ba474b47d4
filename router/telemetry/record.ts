import type { Strength } from '../../snapshot/chunk.ts';
import type { LimitOutcome } from '../../snapshot/decision.ts';
import type { Reason } from '../reasons.ts';

/** All that is told about one request: metrics, spans and the access line are made of it. Holds no token, query or body. */
export interface RequestRecord {
  /** Which half of the mesh speaks: the router judges a call between services, the gateway one from outside. */
  readonly reporter: 'router' | 'gateway';
  readonly decisionId: string;
  readonly revision: number;
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds until the last byte to the client. */
  readonly duration: number;
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  /** As addressed, with its port; empty when it was refused before it was read. For decision records. */
  readonly authority: string;
  /** `namespace/name` of the Gateway that it came through. */
  readonly gateway: string | undefined;
  /** IP address of the connection's peer; for decision records only. Empty when unknown. */
  readonly remoteAddress: string;
  /** Canonical path without query. For the access line only, never a metric label or span name. */
  readonly path: string;
  readonly protocol: string;
  /** 499 when the client went away before an answer. */
  readonly status: number;
  readonly reason: Reason | undefined;
  /** Which check failed, where one reason covers several. */
  readonly check: string | undefined;
  /** Why in policy words; access line and explain only, never sent to a caller. */
  readonly detail: string | undefined;
  /** SPIFFE ID of the caller; undefined when it was not established. */
  readonly source: string | undefined;
  readonly strength: Strength | undefined;
  /** SPIFFE IDs of earlier callers, oldest first. */
  readonly via: readonly string[];
  /** `iss/sub` of the end user whose token held. For decision records only: it names a person. */
  readonly endUser: string | undefined;
  /** Service that was addressed (or, at a gateway, routed to), `namespace/name`. */
  readonly destination: string | undefined;
  /** Service that was called in the end, `namespace/name`; undefined when nothing was sent. */
  readonly backend: string | undefined;
  /** `HTTPRoute/namespace/name/rule`, bounded by the number of rules. */
  readonly route: string | undefined;
  readonly authorization: 'allow' | 'deny' | undefined;
  /** `namespace/name` of the policy that decided, or `mesh default`. */
  readonly decidedBy: string | undefined;
  /** Absent where no policy in shadow has a say. */
  readonly shadow?: ShadowVerdict;
  /** Rate limits that did not simply have room for it; absent where there is none. */
  readonly limits?: readonly LimitVerdict[];
  readonly attempts: readonly Attempt[];
  /** Absent where no filter asked for a copy. */
  readonly mirrors?: readonly MirrorCopy[];
  readonly bytesIn: number | undefined;
  readonly bytesOut: number | undefined;
  readonly trace: TraceContext | undefined;
}

/** What would be decided if the policies in shadow were in force. */
export interface ShadowVerdict {
  readonly would: 'allow' | 'deny';
  /** `namespace/name` of the policy that would decide, or `mesh default`. */
  readonly decidedBy: string;
  /** Something else than what was decided. */
  readonly flips: boolean;
}

/** What a rate limit said to a request that it had no room for. */
export interface LimitVerdict {
  /** Where it was written and its name: `shop/orders/each-caller`, `HTTPRoute/shop/orders/0/each-caller`. */
  readonly limit: string;
  readonly outcome: LimitOutcome;
}

/** What became of a copy for a mirror. */
export interface MirrorCopy {
  /** `namespace/name`. */
  readonly service: string;
  /**
   * `denied` by the mirror's policies; `body_not_kept`: too large or of no declared length; `too_many` at the same time;
   * `no_endpoint` to send to.
   */
  readonly outcome: 'sent' | 'denied' | 'body_not_kept' | 'too_many' | 'no_endpoint';
}

/** One try at one endpoint. */
export interface Attempt {
  /** `Endpoint.id`. */
  readonly endpoint: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds until the response head, or until there was none. */
  readonly duration: number;
  /** Of the CLIENT span of this try. */
  readonly spanId: string;
  /** Undefined when there was no response head. */
  readonly status: number | undefined;
  /** `connect`, `reset`, `upstream_timeout`, `deadline_exceeded` or `client_closed`. */
  readonly failure: string | undefined;
}

/** W3C trace context of one exchange. IDs in lower-case hexadecimal. */
export interface TraceContext {
  readonly traceId: string;
  /** The server span of this router. */
  readonly spanId: string;
  /** The caller's span; undefined at the root. */
  readonly parentId: string | undefined;
  /** The two hexadecimal digits of trace-flags. */
  readonly flags: string;
  readonly state: string | undefined;
  /** The context that came with a request whose trace was not continued. */
  readonly link?: { readonly traceId: string; readonly spanId: string };
}
