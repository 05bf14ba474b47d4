import { call } from './client.ts';
import { type Caller, PolicyStore } from './policy-store.ts';
import type { Member } from './runtimes.ts';

const ROUTES = 5;
/** Services of one apply while the mesh is filled. */
const BATCH = 1000;
/** A change that nobody sees after so long will not come, milliseconds. */
const LONGEST = 10_000;

const GOSSAMER = 'gossamer.mesh/v1';
const meta = (name: string) => ({ name, namespace: 'shop' });
const nameOf = (n: number): string => `svc-${n}`;
const authorityOf = (n: number): string => `${nameOf(n)}.shop.mesh`;
const PATH = '/api/v1/resource-1/x';

const documentsOf = (n: number): object[] => [
  {
    apiVersion: GOSSAMER,
    kind: 'Service',
    metadata: meta(nameOf(n)),
    spec: { endpoints: [{ url: 'http://127.0.0.1:9' }] },
  },
  routeOf(n, 'moved.example'),
];

/** Rules that answer by themselves: what is measured is the mesh, not a service. */
const routeOf = (n: number, hostname: string): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: meta(nameOf(n)),
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: nameOf(n) }],
    rules: Array.from({ length: ROUTES }, (_, rule) => ({
      matches: [{ path: { type: 'PathPrefix', value: `/api/v1/resource-${rule}` } }],
      filters: [{ type: 'RequestRedirect', requestRedirect: { hostname, statusCode: 302 } }],
    })),
  },
});

const allowAll = {
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: meta('all'),
  spec: { action: 'ALLOW', rules: [{ from: [{ source: { namespaces: ['shop'] } }] }] },
};

/** A policy store with many services of five routes each. */
export class ManyServices {
  readonly store: PolicyStore;
  readonly caller: Caller;
  /** Milliseconds that each batch took to be applied. */
  readonly filling: readonly number[];
  #changes = 0;

  private constructor(store: PolicyStore, caller: Caller, filling: readonly number[]) {
    this.store = store;
    this.caller = caller;
    this.filling = filling;
  }

  static async start(count: number, tell: (line: string) => void = () => {}): Promise<ManyServices> {
    const store = await PolicyStore.start();
    try {
      await store.apply([{ apiVersion: GOSSAMER, kind: 'Workload', metadata: meta('cart'), spec: {} }, allowAll]);
      const filling: number[] = [];
      for (let from = 0; from < count; from += BATCH) {
        const size = Math.min(BATCH, count - from);
        filling.push(
          await took(() => store.apply(Array.from({ length: size }, (_, i) => documentsOf(from + i)).flat())),
        );
        tell(`${from + size} of ${count} services applied`);
      }
      return new ManyServices(store, await store.enrol('shop', 'cart'), filling);
    } catch (error) {
      await store.stop();
      throw error;
    }
  }

  /** Changes all rules of one route to what they never were. @returns where they lead now */
  change(n: number): { readonly to: string; readonly applied: Promise<void> } {
    const to = `moved-${++this.#changes}.example`;
    return { to, applied: this.store.apply([routeOf(n, to)]) };
  }

  /** A request to each of so many services. */
  async use(router: Member, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      await call(router.url, { to: authorityOf(n), path: PATH, as: this.caller });
    }
  }

  /** Milliseconds from the start of an apply until the router acts by it, for each of so many changes one by one. */
  async follow(router: Member, changes: number): Promise<number[]> {
    const times: number[] = [];
    for (let n = 0; n < changes; n++) {
      const headers = await this.caller.headersFor(authorityOf(0));
      const leadsTo = async (host: string): Promise<boolean> => {
        const answer = await call(router.url, { to: authorityOf(0), path: PATH, headers });
        return answer.headers.location?.startsWith(`http://${host}/`) === true;
      };
      const start = performance.now();
      const { to, applied } = this.change(0);
      while (!(await leadsTo(to))) {
        if (performance.now() - start > LONGEST) throw new Error(`a change did not arrive in ${LONGEST} ms`);
        // Who asks all the time keeps the router from what it is asked about.
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      times.push(performance.now() - start);
      await applied;
    }
    return times;
  }

  stop(): Promise<void> {
    return this.store.stop();
  }
}

/** Milliseconds. */
export async function took(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
