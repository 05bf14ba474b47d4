import { digestOf, newTokenId, signJws } from './compact-jws.ts';
import type { CryptoProvider } from './crypto-provider.ts';
import type { MeshCredential } from './identity.ts';

/** What a proof is for. */
export interface ProofSubject {
  /** Canonical URI of the called service. */
  readonly audience: string;
  /** Value of the Authorization header that goes with it: a bearer token is bound to the proof. */
  readonly authorization: string | null;
}

/** One request, and no other, that a strict proof is for. */
export interface StrictSubject extends ProofSubject {
  /** As it is sent. */
  readonly method: string;
  /** As it is sent, without `?`. */
  readonly query: string;
  readonly body: string | Uint8Array;
}

interface SignedProof {
  readonly wit: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly signedAt: number;
}

/** Seconds a proof lives. */
const LIFE = 30;
/** Milliseconds one is sent again: what is left is for the way and for clocks that differ. */
const REUSE = 20_000;
const MAX_HELD = 512;
const HEADER = { typ: 'wpt+jwt', alg: 'ES256' };

/** Signs workload proof tokens (draft-ietf-wimse-wpt-02). */
export class ProofSigner {
  readonly #crypto: CryptoProvider;
  readonly #held = new Map<string, SignedProof>();

  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  /**
   * One proof serves all calls to one audience for 20 s.
   * @param now milliseconds since the epoch
   */
  async sign(credential: MeshCredential, subject: ProofSubject, now: number): Promise<string> {
    const ath = await this.#accessTokenHash(subject.authorization);
    const place = `${subject.audience} ${ath ?? ''}`;
    const held = this.#held.get(place);
    if (held?.wit === credential.wit && now >= held.signedAt && now < held.signedAt + REUSE) return held.text;
    const claims = await this.#claims(credential, subject.audience, ath, now);
    const text = await signJws(this.#crypto, credential.key, HEADER, claims);
    this.#hold(place, { wit: credential.wit, text, signedAt: now });
    return text;
  }

  /**
   * A proof for one request: whoever gets hold of it can neither change the request nor send it again.
   * @param now milliseconds since the epoch
   */
  async signStrict(credential: MeshCredential, subject: StrictSubject, now: number): Promise<string> {
    const ath = await this.#accessTokenHash(subject.authorization);
    return signJws(this.#crypto, credential.key, HEADER, {
      ...(await this.#claims(credential, subject.audience, ath, now)),
      htm: subject.method,
      'gossamer.mesh/q': await digestOf(this.#crypto, subject.query),
      'gossamer.mesh/bd': await digestOf(this.#crypto, subject.body),
    });
  }

  async #accessTokenHash(authorization: string | null): Promise<string | undefined> {
    const bearer = /^bearer\s+(\S.*)$/i.exec(authorization ?? '')?.[1];
    return bearer === undefined ? undefined : digestOf(this.#crypto, bearer);
  }

  async #claims({ wit }: MeshCredential, aud: string, ath: string | undefined, now: number): Promise<object> {
    const wth = await digestOf(this.#crypto, wit);
    return { aud, exp: Math.floor(now / 1000) + LIFE, jti: newTokenId(this.#crypto), wth, ath };
  }

  /** The oldest makes room: with end-user tokens the places are as many as the users. */
  #hold(place: string, proof: SignedProof): void {
    this.#held.delete(place);
    const oldest = this.#held.size >= MAX_HELD ? this.#held.keys().next().value : undefined;
    if (oldest !== undefined) this.#held.delete(oldest);
    this.#held.set(place, proof);
  }
}
