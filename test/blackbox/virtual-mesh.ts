import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { openPglite } from '../../policy-store/db/pglite.ts';
import { createRouter, type Router } from '../../router/index.ts';
import { createMesh, type Mesh, registeredKey } from '../../sdk/index.ts';
import { HttpListener } from '../../workers/node/http-listener.ts';
import { NodeTransport } from '../../workers/node/node-transport.ts';
import { systemClock } from '../../workers/platform/clock.ts';
import { systemRandom } from '../../workers/platform/random.ts';
import { storeSource } from '../../workers/store-client/source.ts';
import { ISSUER, openStore, ROUTER_TOKEN, service, type TestStore, workload } from '../contract/store-harness.ts';

const ORDERS = 'spiffe://mesh.local/ns/shop/sa/orders';

/**
 * A real store, router, caller and service on real sockets, with one clock that is moved by hand. Only the way to the
 * store can break.
 */
export class VirtualMesh {
  readonly #close: (() => unknown)[] = [];
  store!: TestStore;
  caller!: Mesh;
  storeIsDown = false;
  readonly warnings: string[] = [];
  #router!: Router;

  static async start(staleness: string): Promise<VirtualMesh> {
    const mesh = new VirtualMesh();
    mesh.store = await openStore(await openPglite('memory'));
    mesh.#close.push(() => mesh.store.store.close());
    const cart = await generateKeyPair('ES256', { extractable: true });
    const servicePort = await mesh.#startService();
    const key = JSON.stringify({ keys: [await exportJWK(cart.publicKey)] });
    const applied = await mesh.store.apply(
      [meshConfig(staleness), workload('cart', key), service('orders', servicePort), ALLOW_CART].join('---\n'),
    );
    if (applied.status !== 200) throw new Error(applied.text);
    const url = await mesh.#startRouter();
    const privateJwk = (await exportJWK(cart.privateKey)) as JsonWebKey;
    mesh.caller = mesh.#member(registeredKey({ spiffeId: CART, privateJwk, issuer: ISSUER }), url);
    return mesh;
  }

  get clock() {
    return this.store.ports.clock;
  }

  pass(ms: number): void {
    this.store.ports.time.now += ms;
  }

  async call(): Promise<{ status: number; body: string }> {
    const answer = await this.caller.fetch('http://orders.shop.mesh/');
    return { status: answer.status, body: await answer.text() };
  }

  /** What a router that follows does by itself whenever its long poll ends. */
  refresh = (): Promise<string> => this.#router.follower.refresh(0);

  async stop(): Promise<void> {
    for (const close of this.#close.reverse()) await close();
  }

  /** The network: everything but the store is on sockets, and the store may be away. */
  #fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    if (!request.url.startsWith(ISSUER)) return fetch(input, init);
    if (this.storeIsDown) throw new TypeError('fetch failed: the store is down');
    return this.store.store.fetch(request);
  };

  #member(identity: Parameters<typeof createMesh>[0]['identity'], router: string): Mesh {
    return createMesh({
      identity,
      router,
      trustBundle: `${ISSUER}/v1/trust-bundle`,
      fetch: this.#fetch,
      clock: this.clock,
      onWarning: (message) => this.warnings.push(message),
    });
  }

  async #startService(): Promise<number> {
    const nobody = { spiffeId: ORDERS, credential: () => Promise.reject(new Error('calls nobody')) };
    const verifier = this.#member(nobody, 'http://127.0.0.1:1');
    const server = createServer(async (request, response) => {
      const headers = new Headers(request.headers as Record<string, string>);
      try {
        const { spiffeId } = await verifier.verify(headers);
        response.end(`${spiffeId} was here`);
      } catch (error) {
        response.writeHead(403).end(String(error));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#close.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    return (server.address() as { port: number }).port;
  }

  async #startRouter(): Promise<string> {
    const transport = new NodeTransport();
    const log = () => {};
    const ports = {
      clock: { ...systemClock, now: () => this.clock.now() },
      random: systemRandom,
      transport,
      telemetry: { record: () => {} },
      log,
      source: storeSource({
        url: ISSUER,
        token: ROUTER_TOKEN,
        routerId: 'virtual',
        role: 'router',
        runtime: 'node',
        fetch: this.#fetch,
      }),
    };
    const manifestKeys = await this.store.store.manifestKeys();
    this.#router = createRouter(ports, { manifestKeys, routerId: 'virtual' });
    await this.#router.follower.start();
    const { handle } = this.#router;
    const listener = await HttpListener.open({ host: '127.0.0.1', port: 0, handle, socket: {}, log });
    this.#close.push(
      () => transport.close(),
      () => listener.drain(0),
    );
    return `http://127.0.0.1:${listener.port}`;
  }
}

export const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const meshConfig = (hard: string): string => `
apiVersion: gossamer.mesh/v1
kind: MeshConfig
metadata: { name: mesh }
spec: { staleness: { hard: ${hard} } }
`;
const ALLOW_CART = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: orders, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: orders }]
  rules: [{ from: [{ source: { principals: [mesh.local/ns/shop/sa/cart] } }] }]
`;
