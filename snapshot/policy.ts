/** An authorization policy in Istio's grammar, normalised by the compiler (no `spiffe://`, own trust domain spelled out). */
export interface AuthorizationPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly action: 'ALLOW' | 'DENY';
  /** Judged and recorded, but not in force. */
  readonly mode?: 'shadow';
  /** Rules are alternatives. No rules at all: the policy never matches. */
  readonly rules: readonly AuthorizationRule[];
  /** Set when the document is broken: an ALLOW then allows nothing, a DENY denies everything. */
  readonly invalid?: string;
}

/** any(from) AND any(to) AND all(when); an absent part holds for everyone. */
export interface AuthorizationRule {
  readonly from?: readonly Source[];
  readonly to?: readonly Operation[];
  readonly when?: readonly When[];
}

/**
 * Members are AND, values in a list OR, `not...` excludes. Patterns: exact, `abc*`, `*abc`, `*` (present); where a member
 * has another form, it is said there.
 */
export interface Source {
  readonly principals?: readonly string[];
  readonly notPrincipals?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly notNamespaces?: readonly string[];
  /** `namespace/name`, exact. */
  readonly serviceAccounts?: readonly string[];
  readonly notServiceAccounts?: readonly string[];
  readonly trustDomains?: readonly string[];
  readonly notTrustDomains?: readonly string[];
  /** Like `principals`, of any earlier caller of the chain that is known. */
  readonly via?: readonly string[];
  readonly notVia?: readonly string[];
  /** Strengths, exact: `bearer`, `proof`, `strict-proof`, `mtls`. */
  readonly authn?: readonly string[];
  readonly notAuthn?: readonly string[];
  /** IP addresses and CIDR ranges, of the connection's peer. */
  readonly ipBlocks?: readonly string[];
  readonly notIpBlocks?: readonly string[];
  /** The same, of the client behind proxies that are trusted. */
  readonly remoteIpBlocks?: readonly string[];
  readonly notRemoteIpBlocks?: readonly string[];
  /** `iss/sub` of the end user. */
  readonly requestPrincipals?: readonly string[];
  readonly notRequestPrincipals?: readonly string[];
}

export interface Operation {
  /** Lower case. A pattern without port holds for every port. */
  readonly hosts?: readonly string[];
  readonly notHosts?: readonly string[];
  /** Decimal numbers. */
  readonly ports?: readonly string[];
  readonly notPorts?: readonly string[];
  readonly methods?: readonly string[];
  readonly notMethods?: readonly string[];
  /** Also templates: `{*}` is one segment, `{**}` any rest. */
  readonly paths?: readonly string[];
  readonly notPaths?: readonly string[];
}

/** One attribute of the call; at least one of the lists. Values have the form of the member of Source or Operation for it. */
export interface When {
  /** `request.headers[lower-case-name]`, `source.ip`, `remote.ip`, `source.principal`, `destination.port`, ... */
  readonly key: string;
  readonly values?: readonly string[];
  readonly notValues?: readonly string[];
}
