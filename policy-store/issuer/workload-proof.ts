import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import type { Revocations } from '../../snapshot/manifest.ts';
import { parseSpiffeId } from '../../snapshot/spiffe-id.ts';
import { encodeBase64Url, JwsRejected, readStrictJws } from '../../snapshot/strict-jws.ts';
import { TokenRefused } from './oidc-token.ts';
import { checkWorkloadKey } from './workload-key.ts';

/** A request to the admin API with the two tokens of a workload, as sent. */
export interface WorkloadRequest {
  readonly wit: string;
  readonly wpt: string;
  readonly method: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
  /** The whole body. Asked for only when the tokens hold. */
  body(): Promise<Uint8Array<ArrayBuffer>>;
}

/** What it is judged by. */
export interface WorkloadRules {
  readonly trustDomain: string;
  /** The issuer identifier: the only audience of a proof. */
  readonly audience: string;
  /** Public keys of class `wit` that are in use. */
  readonly keys: readonly { readonly kid: string; readonly publicJwk: JsonWebKey }[];
  readonly revocations: Revocations;
  /** Workloads that there are: `uid` by SPIFFE ID. */
  readonly workloads: ReadonlyMap<string, string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** False: this was used before. `expiresAt`: milliseconds since the epoch. */
  useOnce(id: string, expiresAt: number): Promise<boolean>;
}

/** Milliseconds. */
const SKEW = 5_000;
const LONGEST_WIT = 4 * 3_600_000;
const LONGEST_PROOF = 90_000;
const encoder = new TextEncoder();

/**
 * Judges a WIT and a single-use WPT for one request to the control plane, as strictly as a `strict-proof` service: the proof
 * names method, query and body, and is remembered.
 * @returns the workload's SPIFFE ID
 * @throws TokenRefused
 */
export async function verifyWorkloadRequest(request: WorkloadRequest, rules: WorkloadRules): Promise<string> {
  const { spiffeId, jwk, jkt } = await judgeIdentity(request.wit, rules);
  const { payload } = read(request.wpt, 'wpt+jwt', []);
  const exp = dateOf(payload, 'exp');
  if (exp <= rules.now - SKEW || exp > rules.now + LONGEST_PROOF) throw new TokenRefused('the proof is not of now');
  refuseFuture(payload, rules.now);
  const jti = textOf(payload, 'jti', 256);
  if (payload.wth !== (await digest(encoder.encode(request.wit))))
    throw new TokenRefused('the proof is for another token');
  if (payload.aud !== rules.audience) throw new TokenRefused('the aud of the proof is not the admin API');
  for (const name of ['ath', 'tth', 'oth']) {
    if (payload[name] !== undefined) throw new TokenRefused(`the proof binds a token (${name}) that was not sent`);
  }
  if (!(await isSignedBy(request.wpt, jwk))) throw new TokenRefused('the proof is not signed by the key of the token');
  if (payload.htm !== request.method) throw new TokenRefused('the htm of the proof is not the method');
  if (payload['gossamer.mesh/q'] !== (await digest(encoder.encode(request.query)))) {
    throw new TokenRefused('the proof is for another query');
  }
  if (payload['gossamer.mesh/bd'] !== (await digest(await request.body()))) {
    throw new TokenRefused('the proof is for another body');
  }
  // Last, so that nobody can spend the proofs of another.
  if (!(await rules.useOnce(`admin ${jkt} ${jti}`, exp + SKEW))) throw new TokenRefused('the proof was used before');
  return spiffeId;
}

async function judgeIdentity(text: string, rules: WorkloadRules) {
  const { header, payload } = read(text, 'wit+jwt', ['kid']);
  const { now, trustDomain, revocations } = rules;
  const exp = dateOf(payload, 'exp');
  if (exp <= now - SKEW || exp > now + LONGEST_WIT + SKEW) throw new TokenRefused('the identity token is not of now');
  refuseFuture(payload, now);
  if (payload.aud !== undefined) throw new TokenRefused('the identity token has an aud');
  const spiffeId = textOf(payload, 'sub', 2048);
  if (parseSpiffeId(spiffeId)?.trustDomain !== trustDomain || payload.iss !== `spiffe://${trustDomain}`) {
    throw new TokenRefused('the identity token is not of this mesh');
  }
  const key = rules.keys.find(({ kid }) => kid === header.kid);
  if (key === undefined) throw new TokenRefused('no key of this mesh has the kid of the identity token');
  if (!(await isSignedBy(text, key.publicJwk)))
    throw new TokenRefused('the signature of the identity token does not hold');
  const jwk = boundKeyOf(payload.cnf);
  const jkt = await calculateJwkThumbprint(jwk as JWK);
  const isRevoked =
    revocations.kids.includes(key.kid) ||
    revocations.ids.includes(spiffeId) ||
    revocations.jkts.includes(jkt) ||
    (Object.hasOwn(revocations.issuedBefore, spiffeId) &&
      dateOf(payload, 'iat') <= (revocations.issuedBefore[spiffeId] ?? 0) * 1000);
  if (isRevoked) throw new TokenRefused('the identity is revoked');
  const uid = rules.workloads.get(spiffeId);
  if (uid === undefined || uid !== payload['gossamer.mesh/uid']) throw new TokenRefused('its Workload is gone');
  return { spiffeId, jwk, jkt };
}

function read(text: string, typ: string, members: readonly string[]) {
  try {
    return readStrictJws(text, typ, members);
  } catch (error) {
    if (error instanceof JwsRejected) throw new TokenRefused(`${typ}: ${error.message}`);
    throw error;
  }
}

type Claims = Readonly<Record<string, unknown>>;

function dateOf(payload: Claims, name: string): number {
  const value = payload[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new TokenRefused(`${name} is missing or malformed`);
  }
  return value * 1000;
}

function textOf(payload: Claims, name: string, longest: number): string {
  const value = payload[name];
  if (typeof value === 'string' && value.length <= longest && /^[\x21-\x7e]+$/.test(value)) return value;
  throw new TokenRefused(`${name} is missing or malformed`);
}

function refuseFuture(payload: Claims, now: number): void {
  for (const name of ['nbf', 'iat']) {
    if (payload[name] !== undefined && dateOf(payload, name) > now + SKEW) {
      throw new TokenRefused(`${name} lies in the future`);
    }
  }
}

function boundKeyOf(cnf: unknown): JsonWebKey {
  const jwk = typeof cnf === 'object' && cnf !== null ? (cnf as { readonly jwk?: unknown }).jwk : undefined;
  if (checkWorkloadKey(jwk) !== undefined) throw new TokenRefused('the identity token binds no ES256 key');
  return jwk as JsonWebKey;
}

async function isSignedBy(text: string, { kty, crv, x, y }: JsonWebKey): Promise<boolean> {
  try {
    await compactVerify(text, await importJWK({ kty, crv, x, y } as JWK, 'ES256'), { algorithms: ['ES256'] });
    return true;
  } catch {
    return false;
  }
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
