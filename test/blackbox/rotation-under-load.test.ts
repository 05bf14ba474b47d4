import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createMesh, type Mesh as Member, registeredKey } from '../../sdk/index.ts';
import { PolicyStore } from './policy-store.ts';
import { type Member as Router, RUNTIMES } from './runtimes.ts';

const CLASSES = ['wit', 'jwt', 'hop', 'manifest'] as const;
const idOf = (name: string): string => `spiffe://mesh.local/ns/shop/sa/${name}`;

interface Key {
  readonly kid: string;
  readonly class: string;
  readonly state: string;
}

let store: PolicyStore;
let service: Server;
let routers: { readonly name: string; readonly router: Router }[] = [];
const keys = new Map<string, JsonWebKey>();

beforeAll(async () => {
  store = await PolicyStore.start();
  service = await startService();
  for (const name of ['cart', 'thief']) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    keys.set(name, (await exportJWK(privateKey)) as JsonWebKey);
  }
  await store.apply(documents((service.address() as { port: number }).port));
  const start = RUNTIMES.map(async (runtime) => ({
    name: runtime.name,
    router: await runtime.start('router', store.joinFile),
  }));
  routers = await Promise.all(start);
});
afterAll(async () => {
  service?.close();
  service?.closeAllConnections();
  await Promise.all(routers.map(({ router }) => router.stop()));
  await store?.stop();
});

/** A service that lets nobody in for whom no router vouches: it has to learn every new hop key in time. */
async function startService(): Promise<Server> {
  const nobody = { spiffeId: idOf('orders'), credential: () => Promise.reject(new Error('calls nobody')) };
  const mesh = createMesh({ identity: nobody, router: store.url, trustBundle: `${store.url}/v1/trust-bundle` });
  const server = createServer(async (request, response) => {
    try {
      const { spiffeId } = await mesh.verify(new Headers(request.headers as Record<string, string>));
      response.end(spiffeId);
    } catch (error) {
      response.writeHead(403).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const publicPart = ({ kty, crv, x, y }: JsonWebKey): JsonWebKey => ({ kty, crv, x, y }) as JsonWebKey;

function documents(port: number): object[] {
  const meta = (name: string) => ({ name, namespace: 'shop' });
  const workloads = [...keys].map(([name, jwk]) => ({
    apiVersion: 'gossamer.mesh/v1',
    kind: 'Workload',
    metadata: meta(name),
    spec: { keys: [publicPart(jwk)] },
  }));
  const orders = {
    apiVersion: 'gossamer.mesh/v1',
    kind: 'Service',
    metadata: meta('orders'),
    spec: { endpoints: [{ url: `http://127.0.0.1:${port}` }] },
  };
  const allow = {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: meta('orders'),
    spec: { rules: [{ from: [{ source: { namespaces: ['shop'] } }] }] },
  };
  return [...workloads, orders, allow];
}

/** `status` 0: the call failed without an answer. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A caller as a service is one; it may start anew every few calls, so that tokens of every signing key are in use. */
class Caller {
  readonly answers: Answer[] = [];
  stopped = false;
  readonly #name: string;
  readonly #router: string;
  readonly #startsAnew: boolean;
  #mesh: Member;

  constructor(name: string, router: string, startsAnew: boolean) {
    this.#name = name;
    this.#router = router;
    this.#startsAnew = startsAnew;
    this.#mesh = this.#enrol();
  }

  async run(): Promise<void> {
    while (!this.stopped) {
      if (this.#startsAnew && this.answers.length % 40 === 39) this.#mesh = this.#enrol();
      this.answers.push(await this.#call());
    }
  }

  async #call(): Promise<Answer> {
    try {
      const answer = await this.#mesh.fetch('http://orders.shop.mesh/');
      return { status: answer.status, body: await answer.text() };
    } catch (error) {
      return { status: 0, body: String(error) };
    }
  }

  get failed(): Answer[] {
    return this.answers.filter(({ status, body }) => status !== 200 || body !== idOf(this.#name));
  }

  #enrol(): Member {
    const privateJwk = keys.get(this.#name) as JsonWebKey;
    return createMesh({
      identity: registeredKey({ spiffeId: idOf(this.#name), privateJwk, issuer: store.url }),
      router: this.#router,
      trustBundle: `${store.url}/v1/trust-bundle`,
    });
  }
}

const list = async (): Promise<Key[]> => (await store.call('GET', '/v1/keys')).keys as Key[];
const signing = async (): Promise<Map<string, string>> =>
  new Map((await list()).filter(({ state }) => state === 'active').map((key) => [key.class, key.kid]));

/** Every class gets a new key that signs as soon as everybody who is running knows it. */
async function rotateAll(): Promise<void> {
  const before = await signing();
  for (const name of CLASSES) await store.call('POST', '/v1/keys/rotate', { class: name, activateAfter: '1s' });
  await vi.waitFor(
    async () => {
      const now = await signing();
      for (const name of CLASSES) expect(now.get(name), name).not.toBe(before.get(name));
    },
    { timeout: 50_000, interval: 200 },
  );
}

const routersSynced = async (): Promise<boolean> => {
  const { routers: rows } = (await store.call('GET', '/v1/routers')) as { routers: { synced: boolean }[] };
  return rows.every(({ synced }) => synced);
};

test('every signing key is changed twice, and one caller revoked, without a failed request of anybody else', async () => {
  const callers = routers.map(({ router }) => new Caller('cart', router.url, true));
  const thieves = routers.map(({ router }) => new Caller('thief', router.url, false));
  const running = [...callers, ...thieves].map((caller) => caller.run());
  for (let round = 0; round < 2; round++) {
    const served = callers.map(({ answers }) => answers.length);
    await rotateAll();
    // What the new keys signed has been asked with, everywhere, before the next change.
    const more = (caller: Caller, i: number) => caller.answers.length > (served[i] as number) + 80;
    await vi.waitFor(() => expect(callers.every(more)).toBe(true), { timeout: 30_000 });
  }
  expect(thieves.flatMap(({ failed }) => failed)).toEqual([]);
  const { generation } = await store.call('POST', '/v1/revocations', { ids: [idOf('thief')] });
  expect(generation).toBeGreaterThan(0);
  await vi.waitFor(async () => expect(await routersSynced()).toBe(true), { timeout: 30_000 });
  await vi.waitFor(() => expect(thieves.every(({ failed }) => failed.length > 3)).toBe(true), { timeout: 30_000 });
  const settled = thieves.map(({ answers }) => answers.length);
  await vi.waitFor(() =>
    expect(thieves.every(({ answers }, i) => answers.length > (settled[i] as number) + 5)).toBe(true),
  );
  for (const caller of [...callers, ...thieves]) caller.stopped = true;
  await Promise.all(running);
  expect(callers.flatMap(({ failed }) => failed)).toEqual([]);
  // Once a router has refused the revoked caller it never lets it in again.
  for (const [i, { answers }] of thieves.entries()) {
    const first = answers.findIndex(({ status }) => status !== 200);
    const others = answers.slice(first).filter(({ status }) => status !== 400);
    expect(others, routers[i]?.name).toEqual([]);
  }
}, 170_000);
