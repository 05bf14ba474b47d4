import type { Program } from '../../blackbox/process.ts';
import type { Runtime } from '../../blackbox/runtimes.ts';
import { startSdkHandler } from '../../blackbox/sdk-handler-process.ts';
import { askAt, callClaims, digest } from './door-places.ts';
import { sign } from './forge.ts';
import type { Place } from './token-class.ts';
import type { TokenMesh } from './token-mesh.ts';

const VAULT = 'spiffe://mesh.local/ns/shop/sa/vault';
/** A service that the SDK guards, which takes each Mesh-Call for one request alone. */
export async function startGuarded({ name }: Runtime, { store, wit, keys }: TokenMesh): Promise<Program> {
  const trustBundle = await (await fetch(`${store.url}/v1/trust-bundle`)).json();
  const { key } = keys.mesh.wit;
  const identity = await sign({
    header: wit.header,
    claims: { ...wit.claims, sub: VAULT, exp: Math.floor(Date.now() / 1000) + 3600 },
    key,
  });
  const setting = JSON.stringify({ wit: identity, privateJwk: key.privateJwk, trustBundle });
  return startSdkHandler(name, setting);
}

/** Where the SDK judges what claims to come from a router. Passed: the handler ran. */
export function guardedPlace(program: Program, { keys }: TokenMesh): Place {
  const { hop } = keys.mesh;
  return {
    name: 'Mesh-Call',
    statuses: [403],
    says: /"code":"mesh_call_invalid"/,
    sketch: async () => ({
      header: { typ: 'mesh-call+jwt', alg: 'ES256', kid: hop.kid },
      claims: { ...callClaims(), aud: VAULT, htm: 'POST', pth: '/call?x=1', bd: digest('hello') },
      key: hop.key,
    }),
    ask: ({ text, how, method = 'POST', query = 'x=1', body = 'hello' }) =>
      askAt(`http://127.0.0.1:${program.ready.port}`, () => false, {
        method,
        path: '/call',
        query,
        body,
        host: 'vault.internal',
        lines: [`Mesh-Call: ${text}`, ...(how === 'twice' ? [`Mesh-Call: ${text}`] : [])],
      }),
  };
}
