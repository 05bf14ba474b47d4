import type { RegexProgram } from './regex-program.ts';

/** Attached routes, flattened by the compiler into the order of precedence (Gateway API, HTTPRouteRule.matches). */
export interface RouteTable {
  /**
   * The first entry that holds decides. Of an HTTPRoute: exact paths, regular expressions (longer text first), prefixes
   * (longer first), then method, headers, query parameters, age and name of the route, place in it.
   */
  readonly matches: readonly RouteMatch[];
  readonly rules: readonly RouteRule[];
}

/** For PathPrefix without a trailing slash, except for `/` itself. A regular expression matches the whole path. */
export type PathMatch =
  | { readonly type: 'Exact' | 'PathPrefix'; readonly value: string }
  | { readonly type: 'RegularExpression'; readonly value: string; readonly program: RegexProgram };

/** Of a header (name in lower case) or a query parameter. */
export type ValueMatch =
  | { readonly type: 'Exact'; readonly name: string; readonly value: string }
  | {
      readonly type: 'RegularExpression';
      readonly name: string;
      readonly value: string;
      readonly program: RegexProgram;
    };

/** All conditions must hold. Several RouteMatches may lead to one rule. */
export interface RouteMatch {
  /** Index into `rules`. */
  readonly rule: number;
  readonly path: PathMatch;
  readonly method?: string;
  readonly headers?: readonly ValueMatch[];
  readonly query?: readonly ValueMatch[];
}

export interface RouteRule {
  readonly id: RuleId;
  readonly filters: readonly Filter[];
  readonly backends: readonly Backend[];
  /** Milliseconds; absent = the service's TrafficSettings. 0 = this bound is off. */
  readonly timeouts?: { readonly request?: number; readonly backendRequest?: number };
  readonly retry?: RetryStanza;
  /** Keeps a client on the backend and endpoint that it met first. Beats weights, even weight 0. */
  readonly session?: SessionPersistence;
  /** From a TrafficPolicy on the route or its parent service. */
  readonly sticky?: StickyKey;
  /** These take the place of the service's. */
  readonly hedge?: HedgePolicy;
  readonly fallback?: Fallback;
  /** These come on top of the service's. */
  readonly rateLimits?: readonly RateLimit[];
  readonly faults?: readonly FaultRule[];
}

/** A second try beside the first when that takes longer than this (ms), or than 19 of 20 answers did. */
export interface HedgePolicy {
  readonly delay: number | 'p95';
}

/** How many requests are let in. Times in milliseconds. */
export interface RateLimit {
  readonly name: string;
  /** So many in a window, and so many at once. */
  readonly requests: number;
  readonly window: number;
  readonly burst: number;
  /** Whom each count is of. */
  readonly per: 'service' | 'caller' | { readonly header: string };
  readonly mode: 'enforce' | 'shadow';
  /** `local`: each router counts by itself; `global`: all of them together, by a counter store. */
  readonly scope: 'local' | 'global';
  /** When the counter store can not be asked. */
  readonly onFailure: 'allow' | 'refuse';
}

/** What answers when no endpoint can. */
export type Fallback =
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }
  | {
      readonly answer: {
        readonly status: number;
        readonly headers: readonly { readonly name: string; readonly value: string }[];
        readonly body: string;
      };
    };

/** Trouble on purpose: requests are delayed, answered in place of the service, or both. Shares in 0..1. */
export interface FaultRule {
  /** `namespace/name` of the FaultInjection. */
  readonly name: string;
  /** `duration` in milliseconds. */
  readonly delay?: { readonly duration: number; readonly share: number };
  readonly abort?: { readonly status: number; readonly grpcStatus?: number; readonly share: number };
  /**
   * Instead of both: what a request asks for by header, when its caller's principal is one of these patterns (in the form
   * of `Source.principals`).
   */
  readonly byHeader?: { readonly principals: readonly string[] };
}

/** Gateway API sessionPersistence. */
export interface SessionPersistence {
  readonly type: 'Cookie' | 'Header';
  /** Of the cookie or (lower case) header. */
  readonly name: string;
  /** Milliseconds until a session ends, whatever its use; absent: a session cookie. */
  readonly absoluteTimeout?: number;
  /** Permanent cookies carry Max-Age. */
  readonly lifetime: 'Session' | 'Permanent';
}

/**
 * What a weighted choice is bound to: the same client gets the same backend on every isolate, with no state. Absent:
 * by chance.
 */
export type StickyKey = { readonly from: 'principal' } | { readonly from: 'header' | 'cookie'; readonly name: string };

/** Where a rule was written; names the route in logs, metrics and explanations. */
export interface RuleId {
  readonly kind: 'HTTPRoute' | 'GRPCRoute';
  readonly namespace: string;
  readonly name: string;
  readonly rule: number;
  readonly ruleName?: string;
}

export interface RetryStanza {
  readonly codes?: readonly number[];
  readonly attempts?: number;
  /** Minimum wait before a retry, milliseconds. */
  readonly backoff?: number;
  /** These only from a TrafficPolicy, in place of the service's. */
  readonly backoffBase?: number;
  readonly backoffMax?: number;
  /** True lets requests of unknown outcome be sent again. */
  readonly unsafe?: boolean;
}

/** A share of the rule's weight. An invalid reference keeps its share and answers 500 for it. */
export type Backend = ValidBackend | InvalidBackend;

export interface ValidBackend {
  readonly weight: number;
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** How to speak to it where the port of its service does not say: `kubernetes.io/h2c` for backends of a GRPCRoute. */
  readonly appProtocol?: string;
  readonly filters: readonly Filter[];
}

export interface InvalidBackend {
  readonly weight: number;
  /** Why, in words for explain and logs; never sent to a caller. */
  readonly invalid: string;
}

export interface HeaderChange {
  readonly name: string;
  readonly value: string;
}

export interface HeaderModifier {
  readonly set?: readonly HeaderChange[];
  readonly add?: readonly HeaderChange[];
  readonly remove?: readonly string[];
}

export type PathModifier =
  | { readonly type: 'ReplaceFullPath'; readonly replaceFullPath: string }
  | { readonly type: 'ReplacePrefixMatch'; readonly replacePrefixMatch: string };

/** Filters in the order of the document. `Invalid` stands for one that could not be resolved: it answers 500. */
export type Filter =
  | ({ readonly type: 'RequestHeaderModifier' } & HeaderModifier)
  | ({ readonly type: 'ResponseHeaderModifier' } & HeaderModifier)
  | { readonly type: 'URLRewrite'; readonly hostname?: string; readonly path?: PathModifier }
  | {
      readonly type: 'RequestRedirect';
      readonly scheme?: 'http' | 'https';
      readonly hostname?: string;
      readonly port?: number;
      readonly path?: PathModifier;
      readonly statusCode: 301 | 302 | 303 | 307 | 308;
    }
  | {
      readonly type: 'RequestMirror';
      readonly backend: Omit<ValidBackend, 'weight' | 'filters'>;
      /** Share of requests that are copied, 0..1. */
      readonly share: number;
    }
  | ({ readonly type: 'CORS' } & CorsPolicy)
  | { readonly type: 'Invalid'; readonly reason: string };

/** Gateway API HTTPCORSFilter, defaults filled in. `*` stands for any value. */
export interface CorsPolicy {
  /** Exact origins, or with `*` as the first label of the host. */
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Seconds. */
  readonly maxAge: number;
}
