/** An authorization policy in Istio's grammar, principals normalised by the compiler (no `spiffe://`, own trust domain spelled out). */
export interface AuthorizationPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly action: 'ALLOW' | 'DENY';
  /** Rules are alternatives. No rules at all: the policy never matches. */
  readonly rules: readonly AuthorizationRule[];
  /** Set when the document is broken: an ALLOW then allows nothing, a DENY denies everything. */
  readonly invalid?: string;
}

/** any(from) AND any(to); an absent part holds for everyone. */
export interface AuthorizationRule {
  readonly from?: readonly Source[];
  readonly to?: readonly Operation[];
}

/** Members are AND, values in a list OR, `not...` excludes. Patterns: exact, `abc*`, `*abc`, `*` (present). */
export interface Source {
  readonly principals?: readonly string[];
  readonly notPrincipals?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly notNamespaces?: readonly string[];
}

export interface Operation {
  readonly methods?: readonly string[];
  readonly notMethods?: readonly string[];
  readonly paths?: readonly string[];
  readonly notPaths?: readonly string[];
}
