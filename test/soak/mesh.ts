import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Caller, PolicyStore } from '../blackbox/policy-store.ts';

const AUTHORITY = 'orders.shop.mesh';
const BODY = 'x'.repeat(1000);
const LARGE = 'y'.repeat(64 * 1024);
/** Proofs hold for 30 s, identities for an hour. */
const PROOF_MS = 10_000;
const IDENTITY_MS = 15 * 60_000;

/** Two versions of a service behind a weighted route, a caller, and policies that change while traffic flows. */
export class SoakMesh {
  readonly store: PolicyStore;
  readonly #servers: readonly Server[];
  #identity = '';
  #cart: { readonly caller: Caller; readonly at: number };
  #weight = 50;
  #count = 0;
  readonly #renewal: NodeJS.Timeout;

  private constructor(store: PolicyStore, servers: readonly Server[], caller: Caller) {
    this.store = store;
    this.#servers = servers;
    this.#cart = { caller, at: performance.now() };
    this.#renewal = setInterval(() => void this.#renew(), PROOF_MS);
  }

  static async start(): Promise<SoakMesh> {
    const [store, ...servers] = await Promise.all([PolicyStore.start(), echo(), echo()]);
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    await store.apply(documents(ports));
    const mesh = new SoakMesh(store, servers, await store.enrol('shop', 'cart'));
    await mesh.#renew();
    return mesh;
  }

  /** Three of four read, one writes; every hundredth answer is large. */
  readonly compose = (nonce: string): Buffer => {
    const n = this.#count++;
    const head = `Host: router\r\nMesh-Authority: ${AUTHORITY}\r\nx-nonce: ${nonce}\r\n${this.#identity}`;
    if (n % 4 === 0) {
      return Buffer.from(`POST /orders HTTP/1.1\r\n${head}Content-Length: ${BODY.length}\r\n\r\n${BODY}`, 'latin1');
    }
    return Buffer.from(`GET ${n % 100 === 1 ? '/large' : `/orders/${n}`} HTTP/1.1\r\n${head}\r\n`, 'latin1');
  };

  /** A change of policy, as a canary makes one every now and then. */
  async change(): Promise<void> {
    this.#weight = (this.#weight + 10) % 100;
    await this.store.apply([route(this.#weight)]);
  }

  async stop(): Promise<void> {
    clearInterval(this.#renewal);
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    await this.store.stop();
  }

  async #renew(): Promise<void> {
    if (performance.now() - this.#cart.at > IDENTITY_MS) {
      this.#cart = { caller: await this.store.enrol('shop', 'cart'), at: performance.now() };
    }
    const headers = Object.entries(await this.#cart.caller.headersFor(AUTHORITY));
    this.#identity = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }
}

/** Answers with the nonce that it was asked with, once it has read the whole request. */
async function echo(): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const nonce = String(request.headers['x-nonce']);
    const body = request.url === '/large' ? nonce + LARGE : nonce;
    request.resume().on('end', () => response.setHeader('content-length', body.length).end(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const GOSSAMER = 'gossamer.mesh/v1';
const meta = (name: string) => ({ name, namespace: 'shop' });
const service = (name: string, ports: readonly number[]) => ({
  apiVersion: GOSSAMER,
  kind: 'Service',
  metadata: meta(name),
  spec: { endpoints: ports.map((port) => ({ url: `http://127.0.0.1:${port}` })) },
});

const documents = ([a = 0, b = 0]: readonly number[]): object[] => [
  { apiVersion: GOSSAMER, kind: 'Workload', metadata: meta('cart'), spec: {} },
  service('orders', [a]),
  service('orders-v1', [a, b]),
  service('orders-v2', [b, a]),
  ...['orders', 'orders-v1', 'orders-v2'].map(allowCart),
  route(50),
];

const allowCart = (name: string) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: meta(name),
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name }],
    action: 'ALLOW',
    rules: [{ from: [{ source: { principals: ['mesh.local/ns/shop/sa/cart'] } }] }],
  },
});

const route = (weight: number) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: meta('orders'),
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: 'orders' }],
    rules: [
      {
        backendRefs: [
          { name: 'orders-v1', port: 80, weight: 100 - weight },
          { name: 'orders-v2', port: 80, weight },
        ],
      },
    ],
  },
});
