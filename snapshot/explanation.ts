import type { Strength } from './chunk.ts';

/** What `explain` is asked: a request that need not happen. */
export interface ExplainRequest {
  /** SPIFFE ID of the caller; absent = a caller without identity. */
  readonly from?: string;
  /** How the caller proves it; absent: as the service asks, and with a proof at least. */
  readonly strength?: Strength;
  /** SPIFFE IDs of the callers before it, oldest first; absent: none is known. */
  readonly via?: readonly string[];
  readonly method: string;
  /** Absolute: `http://payments.shop.mesh/x?y=1`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** IP address of the caller; absent: it is not known, and what policies say of addresses counts against the call. */
  readonly remoteAddress?: string;
  /** Claims of the end user, `iss` and `sub` among them, as if its token had been verified; absent: nobody. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** `namespace/name`: ask as a request from outside arriving at this Gateway. */
  readonly gateway?: string;
  /** Of the TLS handshake at a Gateway; absent: the host of the URL. */
  readonly serverName?: string;
}

/** One stage's word, in the order of the pipeline. */
export interface ExplainStep {
  readonly stage: string;
  readonly outcome: 'pass' | 'stop';
  readonly summary: string;
}

export interface ExplainLoser {
  /** `HTTPRoute/shop/payments/rule 1` and its match. */
  readonly match: string;
  /** The first condition that failed. */
  readonly because: string;
}

export interface PolicyVerdict {
  /** `namespace/name`. */
  readonly policy: string;
  readonly action: 'ALLOW' | 'DENY';
  readonly matched: boolean;
  /** Not in force: judged and recorded only. */
  readonly shadow?: true;
  /** Index of the rule that matched, or why none did. */
  readonly why: string;
}

export interface Explanation {
  readonly revision: number;
  /** What would happen. */
  readonly verdict: 'forwarded' | 'answered' | 'refused';
  /** The refusal's code, when refused. */
  readonly reason?: string;
  readonly status?: number;
  /** One sentence a person can act on. */
  readonly summary: string;
  readonly steps: readonly ExplainStep[];
  readonly service?: string;
  readonly route?: {
    readonly rule: string;
    readonly match: string;
    readonly backends: readonly { readonly service: string; readonly weight: number; readonly share: number }[];
    readonly losers: readonly ExplainLoser[];
  };
  readonly authorization?: {
    readonly decision: 'allow' | 'deny';
    readonly decidedBy: string;
    readonly policies: readonly PolicyVerdict[];
    /** What would be decided if the policies in shadow were in force; absent where there are none. */
    readonly shadow?: { readonly decision: 'allow' | 'deny'; readonly decidedBy: string };
  };
}
