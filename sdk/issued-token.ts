import { decodeJwt } from 'jose';
import { type BoundKey, importBoundKey, type MeshIdentity } from './identity.ts';
import { MeshError } from './mesh-error.ts';

/**
 * An identity from a token that was issued by hand, as `gossamer token --json` prints it: for scripts and tests. It is
 * not renewed.
 * @param token `wit` and the private JWK that it is bound to
 */
export function issuedToken(token: { readonly wit: string; readonly privateJwk: JsonWebKey }): MeshIdentity {
  const { sub = '', exp = 0 } = decodeJwt(token.wit);
  const expiresAt = exp * 1000;
  let key: BoundKey | undefined;
  return {
    spiffeId: sub,
    async credential({ now, crypto }) {
      if (now() >= expiresAt)
        throw new MeshError('identity_unavailable', 'the issued token has expired: issue another');
      key ??= await importBoundKey(crypto, token.privateJwk);
      return { wit: token.wit, key: key.signing, renewAt: expiresAt, expiresAt };
    },
  };
}
