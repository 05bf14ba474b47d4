import { base64url, compactVerify } from 'jose';
import { MeshError } from './mesh-error.ts';
import type { HopKeys } from './trust-bundle.ts';

/** Who calls, as the mesh has established and allowed it. */
export interface Caller {
  /** Null: the caller has no identity, and this service lets such callers in (PERMISSIVE). */
  readonly spiffeId: string | null;
  /** Set when the ID has the form `/ns/<namespace>/sa/<service account>`. */
  readonly namespace: string | undefined;
  readonly serviceAccount: string | undefined;
  /** Earlier callers, oldest first. */
  readonly via: readonly string[];
  /** The policy that allowed the call. */
  readonly policy: string;
  /** Generation of the policies that decided. */
  readonly generation: number;
  /** The router that let it pass. */
  readonly router: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const MAX_TEXT = 8192;
/** Seconds. */
const LIFE = 30;
const SKEW = 5;
const MAX_VIA = 8;
const MAX_REMEMBERED = 2048;
const BASE64URL_PARTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/;
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/;
const MESH_PATH = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Judges `Mesh-Call` headers. The same text is verified once and remembered until it expires. */
export class MeshCallVerifier {
  readonly #keys: HopKeys;
  readonly #audience: string;
  readonly #remembered = new Map<string, Caller>();

  /** @param audience SPIFFE ID of this service: a Mesh-Call to anybody else is refused */
  constructor(keys: HopKeys, audience: string) {
    this.#keys = keys;
    this.#audience = audience;
  }

  /**
   * @param text the header's value; null when there was none
   * @param now milliseconds since the epoch
   * @throws MeshError `mesh_call_invalid`, `trust_bundle_unavailable`
   */
  async verify(text: string | null, now: number): Promise<Caller> {
    if (text === null) throw refuse('there is none: requests must come through the mesh');
    const known = this.#remembered.get(text);
    if (known !== undefined && now < known.expiresAt + SKEW * 1000) return known;
    const { header, payload } = readToken(text);
    const caller = readCaller(payload, this.#audience, now);
    const key = await this.#keys.find(header.kid);
    if (key === undefined) throw refuse('it is signed with a key that this mesh does not know');
    await compactVerify(text, key, { algorithms: ['ES256'] }).catch(() => {
      throw refuse('its signature does not hold');
    });
    this.#remember(text, caller);
    return caller;
  }

  #remember(text: string, caller: Caller): void {
    const oldest = this.#remembered.size >= MAX_REMEMBERED ? this.#remembered.keys().next().value : undefined;
    if (oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(text, caller);
  }
}

const refuse = (why: string): MeshError => new MeshError('mesh_call_invalid', `the Mesh-Call is refused: ${why}`);

type Members = Readonly<Record<string, unknown>>;

function readToken(text: string): { readonly header: { readonly kid: string }; readonly payload: Members } {
  if (text.length > MAX_TEXT || !BASE64URL_PARTS.test(text)) throw refuse('it is no compact ES256 token');
  const [headerPart, payloadPart, signaturePart] = text.split('.') as [string, string, string];
  const header = readPart(headerPart);
  const { typ, alg, kid } = header;
  if (typ !== 'mesh-call+jwt' || alg !== 'ES256' || typeof kid !== 'string' || Object.keys(header).length !== 3) {
    throw refuse('its header is not exactly typ mesh-call+jwt, alg ES256 and kid');
  }
  if (base64url.encode(base64url.decode(signaturePart)) !== signaturePart)
    throw refuse('it is not canonical base64url');
  return { header: { kid }, payload: readPart(payloadPart) };
}

/**
 * Routers write what `JSON.stringify` writes, in canonical base64url, so a part must be word for word what it would be
 * written as again. That refuses members that stand twice, odd numbers, white space and a byte order mark.
 */
function readPart(part: string): Members {
  let value: unknown;
  try {
    const json = decoder.decode(base64url.decode(part));
    value = JSON.parse(json);
    if (JSON.stringify(value) !== json || base64url.encode(json) !== part) throw new Error('not as written');
  } catch {
    throw refuse('it is not written as a router writes it');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.hasOwn(value, '__proto__')) {
    throw refuse('a part of it is no JSON object');
  }
  return value as Members;
}

function readCaller(payload: Members, audience: string, now: number): Caller {
  const { iss, sub, aud, iat, exp, jti, via, pol, gen } = payload;
  const seconds = now / 1000;
  if (aud !== audience) throw refuse(`it is for another service than ${audience}: is that this service's identity?`);
  if (!isCount(iat) || !isCount(exp) || exp - iat > LIFE || exp <= iat) throw refuse('its dates are malformed');
  if (iat > seconds + SKEW) throw refuse('it comes from the future: is the clock right?');
  if (exp <= seconds - SKEW) throw refuse('it has expired');
  // These bind it to one request. Who can not check the binding must not pretend to.
  if ('htm' in payload || 'pth' in payload || 'bd' in payload)
    throw refuse('it is bound to one request: update the SDK');
  if (!isText(iss) || !isText(jti) || !isText(pol) || !isCount(gen)) throw refuse('a claim is missing or malformed');
  if (sub !== undefined && !isSpiffeId(sub)) throw refuse('its sub is not a SPIFFE ID');
  if (!Array.isArray(via) || via.length > MAX_VIA || !via.every(isSpiffeId)) throw refuse('its via is malformed');
  const [, namespace, serviceAccount] = MESH_PATH.exec(sub ?? '') ?? [];
  const spiffeId = sub ?? null;
  return { spiffeId, namespace, serviceAccount, via, policy: pol, generation: gen, router: iss, expiresAt: exp * 1000 };
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 512;

const isSpiffeId = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 2048 && SPIFFE_ID.test(value);
