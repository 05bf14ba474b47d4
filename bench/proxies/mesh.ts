import { type Caller, PolicyStore } from '../../test/blackbox/policy-store.ts';

export const SERVICES = 100;
const ROUTES = 10;
/** Distinct requests that the load goes through. */
const REQUESTS = 200;

const GOSSAMER = 'gossamer.mesh/v1';
const meta = (name: string) => ({ name, namespace: 'shop' });
export const serviceName = (n: number): string => `svc-${n}`;
const authority = (n: number): string => `${serviceName(n)}.shop.mesh`;
export const pathOf = (route: number): string => `/api/v1/resource-${route}`;

/** What every contestant gets: the same bytes. */
export interface Ask {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** 100 services of two versions behind 1,000 weighted routes, each with a policy that lets one caller in. */
export class BenchMesh {
  readonly store: PolicyStore;
  readonly #caller: Caller;

  private constructor(store: PolicyStore, caller: Caller) {
    this.store = store;
    this.#caller = caller;
  }

  static async start(upstreams: readonly string[]): Promise<BenchMesh> {
    const store = await PolicyStore.start();
    const services = Array.from({ length: SERVICES }, (_, n) => documentsOf(serviceName(n), upstreams)).flat();
    await store.apply([{ apiVersion: GOSSAMER, kind: 'Workload', metadata: meta('cart'), spec: {} }, ...services]);
    return new BenchMesh(store, await store.enrol('shop', 'cart'));
  }

  /** Requests with proofs that hold for half a minute. @param more headers for all of them */
  async asks(more: Readonly<Record<string, string>> = {}): Promise<Ask[]> {
    const proofs = await Promise.all(Array.from({ length: SERVICES }, (_, n) => this.#caller.headersFor(authority(n))));
    return Array.from({ length: REQUESTS }, (_, i) => {
      const n = (i * 37) % SERVICES;
      const headers = { Host: authority(n), 'Mesh-Authority': authority(n), Accept: '*/*', ...proofs[n], ...more };
      return { path: `${pathOf((i * 7) % ROUTES)}/item?page=${i}`, headers };
    });
  }

  stop(): Promise<void> {
    return this.store.stop();
  }
}

function documentsOf(name: string, upstreams: readonly string[]): object[] {
  const service = (version: string) => ({
    apiVersion: GOSSAMER,
    kind: 'Service',
    metadata: meta(name + version),
    spec: { endpoints: upstreams.map((url) => ({ url })) },
  });
  return [service(''), service('-v2'), ...[name, `${name}-v2`].map(allowCart), routes(name)];
}

const allowCart = (name: string) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: meta(name),
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name }],
    action: 'ALLOW',
    rules: [
      { from: [{ source: { principals: ['mesh.local/ns/shop/sa/cart'] } }], to: [{ operation: { methods: ['GET'] } }] },
    ],
  },
});

const routes = (name: string) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: meta(name),
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name }],
    rules: Array.from({ length: ROUTES }, (_, n) => ({
      matches: [{ path: { type: 'PathPrefix', value: pathOf(n) } }],
      backendRefs: [
        { name, port: 80, weight: 90 },
        { name: `${name}-v2`, port: 80, weight: 10 },
      ],
    })),
  },
});
