import { algorithmsOf, type IssuerKey, type KeySet } from '../../snapshot/key-set.ts';
import { algorithmOf, isSignedWith } from './jws-signature.ts';

/** An issuer may leave `kid` out; then so many keys are tried at most. */
const MOST_TRIES = 4;

/** The keys of one issuer, each imported once for each algorithm that it is used with. */
export class IssuerKeyring {
  readonly #keys: readonly IssuerKey[];
  readonly #imported = new Map<string, CryptoKey>();

  constructor({ keys }: Pick<KeySet, 'keys'>) {
    this.#keys = keys;
  }

  /** Which keys a header may mean: of exactly its `kid` and made for its `alg`. A key without `kid` fits where none has it. */
  fitting(alg: string, kid: string | undefined): readonly IssuerKey[] {
    const ofType = this.#keys.filter((key) => algorithmsOf(key).includes(alg));
    const named = kid === undefined ? ofType : ofType.filter((key) => key.kid === kid);
    const fitting = named.length > 0 ? named : ofType.filter((key) => key.kid === undefined);
    return fitting.slice(0, MOST_TRIES);
  }

  /** Whether `jws`, already read strictly, was signed by the key under the algorithm of its header. */
  async isSignedBy(jws: string, key: IssuerKey, alg: string): Promise<boolean> {
    const imported = await this.#import(key, alg).catch(() => undefined);
    return imported !== undefined && isSignedWith(jws, imported, alg);
  }

  async #import(key: IssuerKey, alg: string): Promise<CryptoKey> {
    const name = `${alg} ${this.#keys.indexOf(key)}`;
    const known = this.#imported.get(name);
    if (known !== undefined) return known;
    const { kty, crv, x, y, n, e } = key;
    const parts = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, ...(y !== undefined && { y }) };
    const imported = await crypto.subtle.importKey('jwk', parts as JsonWebKey, algorithmOf(alg, crv), false, [
      'verify',
    ]);
    this.#imported.set(name, imported);
    return imported;
  }
}
