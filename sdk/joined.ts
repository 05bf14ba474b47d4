import {
  type BoundKey,
  type IdentityPorts,
  importBoundKey,
  type MeshCredential,
  type MeshIdentity,
  newBoundKey,
  newPrivateJwk,
} from './identity.ts';
import { lookUntil } from './look-until.ts';
import { Renewed } from './renewed.ts';
import { assertionForm, requestToken, TokenRefusal } from './token-request.ts';

/** Where a service keeps its own key from one start to the next: a file that only it can read, a platform's secrets. */
export interface KeyStore {
  /** The private ES256 JWK that was saved, undefined when none was. */
  load(): Promise<JsonWebKey | undefined>;
  save(privateJwk: JsonWebKey): Promise<void>;
}

export interface JoinedOptions {
  readonly spiffeId: string;
  /** Issuer identifier of the mesh: the public URL of the policy store, without a trailing slash. */
  readonly issuer: string;
  /** From `gossamer identity join`: good once, for some minutes. Later starts with a key of the store do not need it. */
  readonly joinToken: string;
  /** Without one the key lives in this process alone, and the next start takes another join token. */
  readonly keyStore?: KeyStore;
}

/** Longest wait for a call that is joining already, milliseconds. */
const JOINING = 15_000;

/**
 * An identity from a join token, which is used once to register a key that this service makes itself; from then on that
 * key is proven as with `registeredKey`.
 */
export function joined(options: JoinedOptions): MeshIdentity {
  const renewed = new Renewed<MeshCredential>();
  const enrolment = new Enrolment(options);
  return {
    spiffeId: options.spiffeId,
    refused: (wit) => renewed.dueNow((held) => held.wit === wit),
    credential: (ports) =>
      renewed.get(
        ports.now(),
        () => enrolment.token(ports),
        (error) => ports.warn(`the token was not renewed: ${String(error)}`),
      ),
  };
}

class Enrolment {
  readonly #options: JoinedOptions;
  #key: BoundKey | undefined;
  #registered = false;
  #joining = false;

  constructor(options: JoinedOptions) {
    this.#options = options;
  }

  /** One call joins and the others wait: the join token works once. */
  async token(ports: IdentityPorts): Promise<MeshCredential> {
    // Nothing may be awaited between the last look and the mark: two would join.
    while (this.#joining && (await lookUntil(() => !this.#joining, JOINING)));
    if (this.#registered && this.#key !== undefined) return this.#byKey(this.#key, ports);
    this.#joining = true;
    try {
      const credential = await this.#enrol(ports);
      this.#registered = true;
      return credential;
    } finally {
      this.#joining = false;
    }
  }

  async #enrol(ports: IdentityPorts): Promise<MeshCredential> {
    const saved = this.#key === undefined ? await this.#options.keyStore?.load() : undefined;
    if (saved !== undefined) {
      this.#key = await importBoundKey(ports.crypto, saved);
      try {
        return await this.#byKey(this.#key, ports);
      } catch (error) {
        // Saved by a start that got no further than that: the join token may still be good.
        if (!(error instanceof TokenRefusal && error.error === 'invalid_client')) throw error;
      }
    }
    this.#key ??= await this.#newKey(ports);
    const { issuer, spiffeId, joinToken } = this.#options;
    const form = { grant_type: 'urn:gossamer:params:oauth:grant-type:join-token', join_token: joinToken };
    return requestToken({ issuer, spiffeId, key: this.#key, form }, ports);
  }

  async #byKey(key: BoundKey, ports: IdentityPorts): Promise<MeshCredential> {
    const { issuer, spiffeId } = this.#options;
    const form = await assertionForm({ issuer, spiffeId, key }, ports);
    return requestToken({ issuer, spiffeId, key, form }, ports);
  }

  /** Saved before it is registered: a key that is registered and lost would cost the join token. */
  async #newKey({ crypto }: IdentityPorts): Promise<BoundKey> {
    const { keyStore } = this.#options;
    if (keyStore === undefined) return newBoundKey(crypto);
    const privateJwk = await newPrivateJwk(crypto);
    await keyStore.save(privateJwk);
    return importBoundKey(crypto, privateJwk);
  }
}
