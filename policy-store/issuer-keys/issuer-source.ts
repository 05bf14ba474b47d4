/** Where the keys of one issuer come from. */
export interface IssuerSource {
  /** `iss` of its tokens, exactly. */
  readonly issuer: string;
  /** Absent: the issuer's own `/.well-known/openid-configuration` says it. */
  readonly jwksUri?: string;
}

/** Which addresses may be reached outside of the mesh. */
export interface OutsideRules {
  /** Loopback and private networks, and http. */
  readonly dev: boolean;
  /** MeshConfig.allowedEndpointRanges: CIDR ranges that may be reached although they are private, also by http. */
  readonly allowed: readonly string[];
}

/**
 * One GET of a JSON document outside of the mesh, by a fetch that the program guards: no redirects, few bytes, little
 * time, no address that the rules do not allow (absent: public ones by https). Rejects with a message that may be logged.
 */
export type OutsideFetch = (url: string, rules?: OutsideRules) => Promise<{ status: number; body: string }>;

/** Names a source in the database and in the snapshot. A line break is in neither part. */
export const sourceId = ({ issuer, jwksUri = '' }: IssuerSource): string => `${issuer}\n${jwksUri}`;
