import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { StorePorts } from '../../policy-store/index.ts';
import { type Answer, type AskInit, ISSUER, type TestStore } from './store-harness.ts';

/** An OIDC issuer of operators, in memory. */
export interface Login {
  readonly outside: NonNullable<StorePorts['outside']>;
  /** A token for the admin API, valid for five minutes from the time of the tests. */
  token(claims: Record<string, unknown>, change?: { aud?: string; iss?: string; exp?: number }): Promise<string>;
}

export const LOGIN = 'https://login.test';
/** Seconds: the clock that `testPorts` starts with. */
const NOW = Date.parse('2026-11-23T10:00:00.000Z') / 1000;

export async function login(): Promise<Login> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  return {
    outside: async (url) => {
      const body = url.endsWith('/keys') ? { keys: [key] } : { issuer: LOGIN, jwks_uri: `${LOGIN}/keys` };
      return { status: 200, body: JSON.stringify(body) };
    },
    token: (claims, { aud = ISSUER, iss = LOGIN, exp = NOW + 300 } = {}) =>
      new SignJWT({ ...claims, iss, aud, iat: NOW, exp })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'JWT' })
        .sign(privateKey),
  };
}

const hash = async (text: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('base64url');

export interface ProvenAsk extends AskInit {
  /** Claims of the proof that differ from the right ones. */
  readonly claims?: Record<string, unknown>;
}

/** A workload of the mesh that asks with proofs of its own; the store must be in dev mode. */
export async function provenWorkload(mesh: TestStore, namespace: string, name: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const init = { body: JSON.stringify({ namespace, workload: name, jwk }), type: 'application/json' };
  const { wit } = (await mesh.ask('POST', '/v1/dev/tokens', init)).body as { wit: string };
  const proofOf = async (method: string, path: string, { body = '', claims = {} }: ProvenAsk) =>
    new SignJWT({
      aud: ISSUER,
      exp: NOW + 30,
      jti: crypto.randomUUID(),
      wth: await hash(wit),
      htm: method,
      'gossamer.mesh/q': await hash(path.split('?')[1] ?? ''),
      'gossamer.mesh/bd': await hash(body),
      ...claims,
    })
      .setProtectedHeader({ typ: 'wpt+jwt', alg: 'ES256' })
      .sign(privateKey);
  return async (method: string, path: string, ask: ProvenAsk = {}): Promise<Answer> => {
    const headers = {
      'workload-identity-token': wit,
      'workload-proof-token': await proofOf(method, path, ask),
      ...ask.headers,
    };
    return mesh.ask(method, path, { ...ask, token: null, headers });
  };
}
