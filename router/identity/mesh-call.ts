import { encodeBase64Url } from '../../snapshot/strict-jws.ts';
import type { MaybePromise } from '../exchange.ts';
import type { Clock, Random } from '../ports.ts';
import { importPrivateKey } from './es256.ts';
import { jwsPart, signedEs256 } from './jws-signature.ts';
import { MAX_VIA } from './parent-call.ts';
import { RecentlyUsed } from './recently-used.ts';

/** Who called whom under which policy: what a Mesh-Call states. */
export interface MeshCall {
  /** SPIFFE ID; null for a caller without identity. */
  readonly caller: string | null;
  /** SPIFFE ID of the service that it is sent to: the `aud`. */
  readonly upstream: string;
  /** Earlier callers, oldest first. Only the last eight are told. */
  readonly via: readonly string[];
  /** The policy that allowed the call. */
  readonly policy: string;
  /** Generation of the snapshot that decided. */
  readonly generation: number;
  /** The one request that it is for; absent: any between the two until it expires. */
  readonly request?: CalledRequest;
}

/** What a Mesh-Call towards a service with strict proofs is bound to. */
export interface CalledRequest {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly target: string;
  /** base64url(SHA-256), of the empty string when there is no body. */
  readonly bodyDigest: string;
}

interface SignedCall {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly signedAt: number;
}

/** Seconds a Mesh-Call lives. */
const LIFETIME = 30;
/** Milliseconds one is sent again: the rest of its life is for the way and for clocks that differ. */
const REUSE = 20_000;
const CACHE_SIZE = 4096;

/**
 * Signs `Mesh-Call` with the router's hop key: once for a caller, upstream, policy and generation, and then sent again
 * for 20 s, because a signature costs more than all the rest of a request.
 */
export class MeshCallSigner {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #routerId: string;
  readonly #signed = new RecentlyUsed<string, SignedCall>(CACHE_SIZE);
  #key: { readonly kid: string; readonly d: string; readonly header: string; readonly signing: CryptoKey } | undefined;

  constructor(ports: { readonly clock: Clock; readonly random: Random }, routerId: string) {
    this.#clock = ports.clock;
    this.#random = ports.random;
    this.#routerId = routerId;
  }

  /**
   * Takes a private ES256 JWK with `kid` as the key from now on.
   * @throws TypeError when it is something else; the key before stays
   */
  async useKey(jwk: JsonWebKey): Promise<void> {
    const { kid, kty, crv, d } = jwk as JsonWebKey & { readonly kid?: unknown };
    if (typeof kid !== 'string' || kid === '' || kty !== 'EC' || crv !== 'P-256' || typeof d !== 'string') {
      throw new TypeError('the hop key is not a private ES256 JWK with a kid');
    }
    if (this.#key?.kid === kid && this.#key.d === d) return;
    const signing = await importPrivateKey(jwk);
    this.#key = { kid, d, header: jwsPart({ typ: 'mesh-call+jwt', alg: 'ES256', kid }), signing };
    this.#signed.clear();
  }

  /**
   * @param now milliseconds since the epoch
   * @returns at once when one was signed less than 20 s ago; one for a single request is signed anew each time
   */
  sign(call: MeshCall, now = this.#clock.now()): MaybePromise<string> {
    if (call.request !== undefined) return this.#sign(call, now);
    // No part can hold a line break: SPIFFE IDs and names of policies have none.
    const key = `${call.caller}\n${call.upstream}\n${call.policy}\n${call.generation}\n${call.via.join(' ')}`;
    const held = this.#signed.get(key);
    if (held !== undefined && now < held.signedAt + REUSE && now >= held.signedAt) return held.text;
    return this.#signForAll(key, call, now);
  }

  async #signForAll(cacheKey: string, call: MeshCall, now: number): Promise<string> {
    const text = await this.#sign(call, now);
    this.#signed.set(cacheKey, { text, signedAt: now });
    return text;
  }

  async #sign(call: MeshCall, now: number): Promise<string> {
    if (this.#key === undefined) throw new Error('there is no hop key yet');
    const iat = Math.floor(now / 1000);
    const { request } = call;
    const claims = {
      iss: this.#routerId,
      ...(call.caller !== null && { sub: call.caller }),
      aud: call.upstream,
      iat,
      exp: iat + LIFETIME,
      jti: encodeBase64Url(this.#random.bytes(16)),
      via: call.via.slice(-MAX_VIA),
      pol: call.policy,
      gen: call.generation,
      ...(request && { htm: request.method, pth: request.target, bd: request.bodyDigest }),
    };
    return signedEs256(this.#key.header, claims, this.#key.signing);
  }
}
