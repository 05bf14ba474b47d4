import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { PEER_ISSUER } from './envoy.ts';

/** A token such as the peers check, and the key to check it by. */
export async function peerToken(): Promise<{ token: string; jwks: { keys: object[] } }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' };
  const token = await new SignJWT({ sub: 'spiffe://mesh.local/ns/shop/sa/cart' })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
    .setIssuer(PEER_ISSUER)
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(privateKey);
  return { token, jwks: { keys: [key] } };
}
