import { base64url } from 'jose';
import type { Caller } from './caller.ts';
import { isSignedBy } from './compact-jws.ts';
import type { CryptoProvider } from './crypto-provider.ts';
import { MeshError } from './mesh-error.ts';
import type { HopKeys } from './trust-bundle.ts';

/** What a Mesh-Call that is for one request says about that request. */
export interface CallBinding {
  /** `htm`: the method. */
  readonly method: string;
  /** `pth`: path and query exactly as they were sent. */
  readonly target: string;
  /** `bd`: base64url SHA-256 of the body. */
  readonly bodyDigest: string;
}

/** A Mesh-Call whose signature holds and whose dates and audience fit. */
export interface VerifiedCall {
  readonly text: string;
  /** SPIFFE ID that it is for: this service's. */
  readonly audience: string;
  readonly caller: Caller;
  /** Unique: router and `jti`. */
  readonly id: string;
  /** Undefined: it is for every request of this caller while it lives. */
  readonly binding: CallBinding | undefined;
}

const MAX_TEXT = 8192;
/** One that is for one request holds the whole path, which may have 8 KiB by itself. */
const MAX_BOUND_TEXT = 16_384;
/** Seconds. */
const LIFE = 30;
const SKEW = 5;
/** Milliseconds after its `exp` that a Mesh-Call is still believed: clocks differ. */
export const MESH_CALL_GRACE = SKEW * 1000;
const MAX_VIA = 8;
const MAX_REMEMBERED = 2048;
const BASE64URL_PARTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/;
/** As routers name their keys; what is written otherwise is never looked for. */
const KEY_ID = /^[A-Za-z0-9._~-]{1,128}$/;
/** In JSON as `JSON.stringify` writes it, where nothing but a member has its name before a colon. */
const FORBIDDEN_MEMBER = /"(?:__proto__|constructor|prototype)":/;
const MAX_DEPTH = 16;
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/;
const MESH_PATH = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Judges `Mesh-Call` headers. The same text is verified once and remembered until it expires. */
export class MeshCallVerifier {
  readonly #keys: HopKeys;
  readonly #audience: string;
  readonly #crypto: CryptoProvider;
  readonly #remembered = new Map<string, VerifiedCall>();

  /** @param audience SPIFFE ID of this service: a Mesh-Call to anybody else is refused */
  constructor(keys: HopKeys, audience: string, crypto: CryptoProvider) {
    this.#keys = keys;
    this.#audience = audience;
    this.#crypto = crypto;
  }

  /**
   * Whether a binding holds is for whoever has the request to say.
   * @param text the header's value; null when there was none
   * @param now milliseconds since the epoch
   * @throws MeshError `mesh_call_invalid`, `trust_bundle_unavailable`
   */
  async verify(text: string | null, now: number): Promise<VerifiedCall> {
    if (text === null) throw refuse('there is none: requests must come through the mesh');
    const known = this.#remembered.get(text);
    if (known !== undefined && now < known.caller.expiresAt + MESH_CALL_GRACE) return known;
    const { header, payload } = readToken(text);
    const call = { text, audience: this.#audience, ...readCall(payload, this.#audience, now) };
    const key = await this.#keys.find(header.kid);
    if (key === undefined) throw refuse('it is signed with a key that this mesh does not know');
    if (!(await isSignedBy(this.#crypto, key, text))) throw refuse('its signature does not hold');
    // One that is for one request does not come again.
    if (call.binding === undefined) this.#remember(call);
    return call;
  }

  #remember(call: VerifiedCall): void {
    const oldest = this.#remembered.size >= MAX_REMEMBERED ? this.#remembered.keys().next().value : undefined;
    if (oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(call.text, call);
  }
}

/** A Mesh-Call that is not believed. */
export const refuse = (why: string): MeshError =>
  new MeshError('mesh_call_invalid', `the Mesh-Call is refused: ${why}`);

type Members = Readonly<Record<string, unknown>>;

function readToken(text: string): { readonly header: { readonly kid: string }; readonly payload: Members } {
  if (text.length > MAX_BOUND_TEXT || !BASE64URL_PARTS.test(text)) throw refuse('it is no compact ES256 token');
  const [headerPart, payloadPart, signaturePart] = text.split('.') as [string, string, string];
  const header = readPart(headerPart);
  const { typ, alg, kid } = header;
  if (
    typ !== 'mesh-call+jwt' ||
    alg !== 'ES256' ||
    typeof kid !== 'string' ||
    !KEY_ID.test(kid) ||
    Object.keys(header).length !== 3
  ) {
    throw refuse('its header is not exactly typ mesh-call+jwt, alg ES256 and kid');
  }
  if (base64url.encode(base64url.decode(signaturePart)) !== signaturePart)
    throw refuse('it is not canonical base64url');
  const payload = readPart(payloadPart);
  if (text.length > MAX_TEXT && payload.pth === undefined) throw refuse('it is too long');
  return { header: { kid }, payload };
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
    if (FORBIDDEN_MEMBER.test(json) || !isShallow(value)) throw new Error('a trap');
  } catch {
    throw refuse('it is not written as a router writes it');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse('a part of it is no JSON object');
  }
  return value as Members;
}

function readCall(payload: Members, audience: string, now: number): Pick<VerifiedCall, 'caller' | 'id' | 'binding'> {
  const { iss, sub, aud, iat, nbf = 0, exp, jti, via, pol, gen } = payload;
  const seconds = now / 1000;
  if (aud !== audience) throw refuse(`it is for another service than ${audience}: is that this service's identity?`);
  if (!isCount(iat) || !isCount(exp) || exp - iat > LIFE || exp <= iat) throw refuse('its dates are malformed');
  if (!isCount(nbf) || Math.max(iat, nbf) > seconds + SKEW)
    throw refuse('it comes from the future: is the clock right?');
  if (exp <= seconds - SKEW) throw refuse('it has expired');
  if (!isText(iss) || !isText(jti) || !isText(pol) || !isCount(gen)) throw refuse('a claim is missing or malformed');
  if (sub !== undefined && !isSpiffeId(sub)) throw refuse('its sub is not a SPIFFE ID');
  if (!Array.isArray(via) || via.length > MAX_VIA || !via.every(isSpiffeId)) throw refuse('its via is malformed');
  const [, namespace, serviceAccount] = MESH_PATH.exec(sub ?? '') ?? [];
  const decided = { via, policy: pol, generation: gen, router: iss, expiresAt: exp * 1000 };
  const caller = { spiffeId: sub ?? null, namespace, serviceAccount, ...decided };
  return { caller, id: `${iss} ${jti}`, binding: readBinding(payload) };
}

/** All of it or nothing: half a binding would be a whole one with a part taken off. */
function readBinding({ htm, pth, bd }: Members): CallBinding | undefined {
  if (htm === undefined && pth === undefined && bd === undefined) return undefined;
  const whole = isText(htm) && typeof pth === 'string' && typeof bd === 'string';
  if (!whole) throw refuse('it is bound to one request, and does not say to which');
  return { method: htm, target: pth, bodyDigest: bd };
}

const isShallow = (value: unknown, left = MAX_DEPTH): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (left > 0 && Object.values(value).every((one) => isShallow(one, left - 1)));

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 512;

const isSpiffeId = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 2048 && SPIFFE_ID.test(value);
