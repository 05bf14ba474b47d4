import { type BoundKey, importBoundKey, type MeshCredential, type MeshIdentity } from './identity.ts';
import { Renewed } from './renewed.ts';
import { assertionForm, requestToken } from './token-request.ts';

export interface RegisteredKeyOptions {
  readonly spiffeId: string;
  /** Private ES256 JWK whose public part stands in the Workload's `spec.keys`. On Workers: a secret. */
  readonly privateJwk: JsonWebKey;
  /** Issuer identifier of the mesh: the public URL of the policy store, without a trailing slash. */
  readonly issuer: string;
}

/**
 * An identity whose key is registered with the mesh: it proves the key to the issuer (private_key_jwt, RFC 7523bis) and
 * has its tokens bound to the same key, so revoking the key ends both. Tokens are renewed at half of their life and used
 * to their end when the issuer is down.
 */
export function registeredKey(options: RegisteredKeyOptions): MeshIdentity {
  const { spiffeId, issuer } = options;
  const renewed = new Renewed<MeshCredential>();
  let key: BoundKey | undefined;
  return {
    spiffeId,
    refused: (wit) => renewed.dueNow((held) => held.wit === wit),
    credential(ports) {
      const renew = async (): Promise<MeshCredential> => {
        key ??= await importBoundKey(ports.crypto, options.privateJwk);
        const form = await assertionForm({ issuer, spiffeId, key }, ports);
        return requestToken({ issuer, spiffeId, key, form }, ports);
      };
      return renewed.get(ports.now(), renew, (error) => ports.warn(`the token was not renewed: ${String(error)}`));
    },
  };
}
