import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { meshCalls } from '../../sdk/express.ts';
import { createMesh, type Mesh, registeredKey } from '../../sdk/index.ts';
import { PolicyStore } from './policy-store.ts';
import { stopAll } from './process.ts';
import { type Member, RUNTIMES } from './runtimes.ts';

const NAMES = ['cart', 'orders', 'payments'] as const;
type Name = (typeof NAMES)[number];
const idOf = (name: Name) => `spiffe://mesh.local/ns/shop/sa/${name}`;
const ORDERS = 'http://orders.shop.mesh';
const PAYMENTS = 'http://payments.shop.mesh';

/** A service with the SDK, and what reached it. The router that it calls through changes from runtime to runtime. */
class SdkService {
  readonly seen: { readonly url: string; readonly headers: Record<string, string> }[] = [];
  readonly server = createServer((request, response) => {
    this.seen.push({ url: request.url ?? '', headers: request.headers as Record<string, string> });
    void this.guard(request, response, () => void this.answer(request.url ?? '', response));
  });
  mesh: Mesh | undefined;
  guard: ReturnType<typeof meshCalls> = () => Promise.reject(new Error('not there yet'));
  readonly #name: Name;

  constructor(name: Name) {
    this.#name = name;
  }

  async answer(url: string, response: ServerResponse): Promise<void> {
    // Orders pays, and says what payments said.
    const paid =
      this.#name === 'orders' ? await this.mesh?.fetch(PAYMENTS + url, { method: 'POST', body: '{}' }) : undefined;
    if (paid !== undefined) response.statusCode = paid.status;
    response.end(paid === undefined ? JSON.stringify(this.mesh?.caller()) : await paid.text());
  }

  async listen(): Promise<number> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return (this.server.address() as AddressInfo).port;
  }
}

const services = {
  cart: new SdkService('cart'),
  orders: new SdkService('orders'),
  payments: new SdkService('payments'),
};
const keys = new Map<Name, JsonWebKey>();
let store: PolicyStore;

beforeAll(async () => {
  store = await PolicyStore.start();
  const documents: object[] = [];
  for (const name of NAMES) {
    const metadata = { name, namespace: 'shop' };
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    keys.set(name, (await exportJWK(privateKey)) as JsonWebKey);
    const endpoints = [{ url: `http://127.0.0.1:${await services[name].listen()}` }];
    const spec = { endpoints, ...(name === 'payments' && { authn: 'strict-proof' }) };
    documents.push({ apiVersion: 'gossamer.mesh/v1', kind: 'Service', metadata, spec });
    const workload = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] };
    documents.push({ apiVersion: 'gossamer.mesh/v1', kind: 'Workload', metadata, spec: workload });
  }
  const policy = (name: Name, source: object) => ({
    apiVersion: 'gossamer.mesh/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name, namespace: 'shop' },
    spec: { targetRefs: [{ group: '', kind: 'Service', name }], action: 'ALLOW', rules: [{ from: [{ source }] }] },
  });
  const [cart, orders] = ['mesh.local/ns/shop/sa/cart', 'mesh.local/ns/shop/sa/orders'];
  documents.push(policy('orders', { principals: [cart, orders] }));
  documents.push(policy('payments', { principals: [orders], via: [cart] }));
  await store.apply(documents);
});
afterAll(async () => {
  for (const { server } of Object.values(services)) server.close().closeAllConnections();
  await store?.stop();
  await stopAll();
});

describe.each(RUNTIMES)('a service with the SDK, by a router on $name', (runtime) => {
  let router: Member;
  const mesh = (name: Name, strict = false): Mesh =>
    createMesh({
      identity: registeredKey({ spiffeId: idOf(name), privateJwk: keys.get(name) ?? {}, issuer: store.url }),
      router: router.url,
      trustBundle: `${store.url}/v1/trust-bundle`,
      strict,
    });
  beforeAll(async () => {
    router = await runtime.start('router', store.joinFile);
    for (const name of NAMES) {
      services[name].mesh = mesh(name, name === 'payments');
      services[name].guard = meshCalls(services[name].mesh);
    }
  });
  afterAll(() => router?.stop());
  const last = () => services.payments.seen.at(-1) ?? expect.fail('nothing reached payments');

  test('the chain of callers reaches the last one, with proofs for one request', async () => {
    const answer = await mesh('cart').fetch(`${ORDERS}/pay/1?x=1&y=%20`, { headers: { authorization: 'Bearer user' } });
    const body = await answer.text();
    expect([answer.status, body]).toEqual([200, expect.stringContaining(idOf('orders'))]);
    expect(JSON.parse(body)).toMatchObject({ spiffeId: idOf('orders'), via: [idOf('cart')] });
    expect([last().url, last().headers.authorization]).toEqual(['/pay/1?x=1&y=%20', 'Bearer user']);
    expect(last().headers).not.toHaveProperty('mesh-parent-call');
  });

  test('without the chain that the policy asks for: 403, and nothing arrives', async () => {
    const before = services.payments.seen.length;
    const answer = await mesh('orders').fetch(`${PAYMENTS}/pay`, { method: 'POST', body: '{}' });
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'permission_denied' }]);
    expect(services.payments.seen.length).toBe(before);
  });

  test('a Mesh-Call that was seen on the way opens nothing, as it is or with another request', async () => {
    expect(await (await mesh('cart').fetch(`${ORDERS}/pay/2`)).json()).toMatchObject({ via: [idOf('cart')] });
    const { port } = services.payments.server.address() as AddressInfo;
    const headers = { 'mesh-call': last().headers['mesh-call'] ?? '' };
    for (const path of ['/pay/2', '/pay/3']) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: '{}', headers });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, 'mesh_call_invalid']);
    }
  });
});
