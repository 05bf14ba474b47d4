/** Attached routes, flattened by the compiler into the order of precedence (Gateway API, HTTPRouteRule.matches). */
export interface RouteTable {
  /** The first entry that holds decides. */
  readonly matches: readonly RouteMatch[];
  readonly rules: readonly RouteRule[];
}

export interface PathMatch {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression';
  /** For PathPrefix without a trailing slash, except for `/` itself. */
  readonly value: string;
}

export interface ValueMatch {
  readonly type: 'Exact' | 'RegularExpression';
  /** Header names in lower case. */
  readonly name: string;
  readonly value: string;
}

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
}

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
}

/** A share of the rule's weight. An invalid reference keeps its share and answers 500 for it. */
export type Backend = ValidBackend | InvalidBackend;

export interface ValidBackend {
  readonly weight: number;
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
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
  | { readonly type: 'Invalid'; readonly reason: string };
