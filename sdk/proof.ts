import { base64url, SignJWT } from 'jose';
import type { MeshCredential } from './identity.ts';

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
const encoder = new TextEncoder();

/** Signs workload proof tokens (draft-ietf-wimse-wpt-02): one serves all calls to one audience for 20 s. */
export class ProofSigner {
  readonly #held = new Map<string, SignedProof>();

  /**
   * @param audience canonical URI of the called service
   * @param authorization value of the Authorization header that goes with it: a bearer token is bound to the proof
   * @param now milliseconds since the epoch
   */
  async sign(credential: MeshCredential, audience: string, authorization: string | null, now: number): Promise<string> {
    const bearer = /^bearer\s+(\S.*)$/i.exec(authorization ?? '')?.[1];
    const ath = bearer === undefined ? undefined : await hash(bearer);
    const place = `${audience} ${ath ?? ''}`;
    const held = this.#held.get(place);
    if (held?.wit === credential.wit && now >= held.signedAt && now < held.signedAt + REUSE) return held.text;
    const text = await new SignJWT({
      aud: audience,
      exp: Math.floor(now / 1000) + LIFE,
      jti: crypto.randomUUID(),
      wth: await hash(credential.wit),
      ...(ath !== undefined && { ath }),
    })
      .setProtectedHeader({ typ: 'wpt+jwt', alg: 'ES256' })
      .sign(credential.key);
    this.#hold(place, { wit: credential.wit, text, signedAt: now });
    return text;
  }

  /** The oldest makes room: with end-user tokens the places are as many as the users. */
  #hold(place: string, proof: SignedProof): void {
    this.#held.delete(place);
    const oldest = this.#held.size >= MAX_HELD ? this.#held.keys().next().value : undefined;
    if (oldest !== undefined) this.#held.delete(oldest);
    this.#held.set(place, proof);
  }
}

async function hash(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))));
}
