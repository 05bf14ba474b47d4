import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { MeshProcess } from './mesh-process.ts';

/** A caller of the mesh with an identity of its own. */
export interface Caller {
  /** Identity headers for one call of `audience` (`http://echo.ns.mesh`). */
  headersFor(audience: string): Promise<Record<string, string>>;
}

export async function enrol(mesh: MeshProcess, namespace: string, workload: string): Promise<Caller> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256' };
  const { wit } = await mesh.token(namespace, workload, jwk as JsonWebKey);
  const wth = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(wit))).toString('base64url');
  return {
    async headersFor(audience) {
      return { 'workload-identity-token': wit, 'workload-proof-token': await proof(pair.privateKey, audience, wth) };
    },
  };
}

function proof(key: CryptoKey, audience: string, wth: string): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 30;
  return new SignJWT({ aud: audience, exp, jti: crypto.randomUUID(), wth })
    .setProtectedHeader({ typ: 'wpt+jwt', alg: 'ES256' })
    .sign(key);
}
