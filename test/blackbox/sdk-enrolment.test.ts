import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createMesh, federated, joined, type KeyStore, type MeshIdentity } from '../../sdk/index.ts';
import { webcrypto } from '../../sdk/webcrypto.ts';
import { PolicyStore } from './policy-store.ts';
import { stopAll } from './process.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const AUDIENCE = 'https://mesh.example';
let store: PolicyStore;
let upstream: Server;
let platform: Platform;

/** A platform that vouches for what runs on it, as GitHub Actions does: discovery, keys, tokens. */
class Platform {
  readonly #key: CryptoKey;
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server, key: CryptoKey) {
    this.#server = server;
    this.#key = key;
    this.url = urlOf(server);
  }

  static async start(): Promise<Platform> {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'p-1', alg: 'RS256', use: 'sig' }] };
    const server = createServer(({ url }, response) => {
      const discovery = { issuer: urlOf(server), jwks_uri: `${urlOf(server)}/jwks` };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(url === '/jwks' ? jwks : discovery));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new Platform(server, privateKey);
  }

  tokenFor(claims: object): Promise<string> {
    return new SignJWT({ ...claims })
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: 'p-1' })
      .setIssuer(this.url)
      .setSubject('repo:acme/cart:ref:refs/heads/main')
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(this.#key);
  }

  stop(): void {
    this.#server.close().closeAllConnections();
  }
}
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  [store, platform] = await Promise.all([PolicyStore.start(), Platform.start()]);
  upstream = createServer((_request, response) => response.end('order'));
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  const shop = (name: string) => ({ name, namespace: 'shop' });
  const federation = [{ issuer: platform.url, audience: AUDIENCE, claims: { repository_id: '42' } }];
  await store.apply([
    {
      apiVersion: 'gossamer.mesh/v1',
      kind: 'MeshConfig',
      metadata: { name: 'mesh' },
      spec: { issuers: [{ issuer: platform.url }] },
    },
    { apiVersion: 'gossamer.mesh/v1', kind: 'Workload', metadata: shop('cart'), spec: { federation } },
    {
      apiVersion: 'gossamer.mesh/v1',
      kind: 'Service',
      metadata: shop('orders'),
      spec: { endpoints: [{ url: urlOf(upstream) }] },
    },
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: shop('orders'),
      spec: { action: 'ALLOW', rules: [{ from: [{ source: { principals: ['mesh.local/ns/shop/sa/cart'] } }] }] },
    },
  ]);
});
afterAll(async () => {
  platform?.stop();
  upstream?.close().closeAllConnections();
  await store?.stop();
  await stopAll();
});

class MemoryStore implements KeyStore {
  saved: JsonWebKey | undefined;
  load = async () => this.saved;
  save = async (jwk: JsonWebKey) => {
    this.saved = jwk;
  };
}

describe.each([
  ['native WebCrypto', undefined],
  ['@peculiar/webcrypto', webcrypto],
])('on %s', (_name, crypto) => {
  /** What a call by this identity is answered. */
  async function call(identity: MeshIdentity): Promise<unknown> {
    const trustBundle = `${store.url}/v1/trust-bundle`;
    const router = store.program.ready.router as string;
    const mesh = createMesh({ identity, router, trustBundle, ...(crypto && { crypto }) });
    return (await mesh.fetch('http://orders.shop.mesh/', { strict: true })).text();
  }
  const join = async (keyStore: KeyStore, joinToken?: string) =>
    joined({
      spiffeId: CART,
      issuer: store.url,
      joinToken:
        joinToken ??
        String((await store.call('POST', '/v1/join-tokens', { namespace: 'shop', workload: 'cart' })).joinToken),
      keyStore,
    });

  test('a join token makes a caller, whose key is enough from then on', async () => {
    const keys = new MemoryStore();
    expect(await call(await join(keys))).toBe('order');
    expect(await call(await join(keys, 'spent'))).toBe('order');
    await expect(call(await join(new MemoryStore(), 'spent'))).rejects.toMatchObject({ code: 'identity_unavailable' });
  });

  test('a token of the platform makes a caller, one of another repository does not', async () => {
    const identity = (repository_id: string) =>
      federated({ spiffeId: CART, issuer: store.url, idToken: () => platform.tokenFor({ repository_id }) });
    // The store has to hear from the platform first.
    await vi.waitFor(async () => expect(await call(identity('42'))).toBe('order'), { timeout: 20_000, interval: 200 });
    await expect(call(identity('43'))).rejects.toMatchObject({ code: 'identity_unavailable' });
  });
});
