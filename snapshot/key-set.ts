/** A public key of an issuer outside of the mesh: only the members that make it that key (RFC 7517, 7518). */
export interface IssuerKey {
  readonly kty: 'RSA' | 'EC' | 'OKP';
  /** Absent: the issuer gave none. Unique within its set. */
  readonly kid?: string;
  /** The one algorithm that the issuer made it for; absent: those of its type. */
  readonly alg?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

/** The keys of one issuer of end-user tokens. */
export interface KeySet {
  readonly kind: 'key-set';
  readonly issuer: string;
  /** Empty: the issuer never answered. Nothing is trusted then. */
  readonly keys: readonly IssuerKey[];
}

const FITTING: readonly (readonly [kty: IssuerKey['kty'], crv: string | undefined, algs: readonly string[]])[] = [
  ['RSA', undefined, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['EC', 'P-256', ['ES256']],
  ['EC', 'P-384', ['ES384']],
  ['EC', 'P-521', ['ES512']],
  ['OKP', 'Ed25519', ['EdDSA', 'Ed25519']],
];

/** Algorithms that may be verified with a key; none for a key of a type that is not known. Never HS*, never `none`. */
export function algorithmsOf({ kty, crv, alg }: Pick<IssuerKey, 'kty' | 'crv' | 'alg'>): readonly string[] {
  const fitting = FITTING.find(([type, curve]) => type === kty && (curve === undefined || curve === crv))?.[2] ?? [];
  return alg === undefined ? fitting : fitting.filter((name) => name === alg);
}
