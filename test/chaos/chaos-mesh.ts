import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unusedPort } from '../blackbox/context.ts';
import { type Caller, PolicyStore } from '../blackbox/policy-store.ts';
import { stopAll } from '../blackbox/process.ts';
import { NonceService, paidTwice } from './nonce-service.ts';

/** A policy store and two endpoints of the service `orders`, each a process at an address that it keeps. */
export interface ChaosMesh {
  /** The one that runs now. */
  store: PolicyStore;
  readonly services: readonly [NonceService, NonceService];
  readonly cart: Caller;
  /** Starts the store anew, at the same address and on the same data, after it was killed. */
  restartStore(): Promise<void>;
  /** Nonces of POSTs that were processed twice. Always empty. */
  paidTwice(): string[];
  stop(): Promise<void>;
}

/** @param more options of the program: a database, a folder */
export async function startChaosMesh(more: object = {}): Promise<ChaosMesh> {
  const data = mkdtempSync(join(tmpdir(), 'gossamer-chaos-'));
  const adminPort = await unusedPort();
  const start = (): Promise<PolicyStore> => PolicyStore.start({ memory: false, data, adminPort, ...more });
  const [store, one, two] = await Promise.all([start(), NonceService.start('one'), NonceService.start('two')]);
  await store.apply(chaosDocuments([one.port, two.port]));
  const mesh: ChaosMesh = {
    store,
    services: [one, two],
    cart: await store.enrol('shop', 'cart'),
    restartStore: async () => {
      mesh.store = await start();
    },
    paidTwice: () => paidTwice([one, two]),
    stop: async () => {
      await Promise.all([one.stop(), two.stop()]);
      await mesh.store.program.stop('SIGKILL');
      await stopAll();
      rmSync(data, { recursive: true, force: true });
    },
  };
  return mesh;
}

export const ORDERS = 'orders.shop.mesh';
/** Host of the gateway. */
export const FRONT = 'www.shop.example';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const meta = (name: string) => ({ name, namespace: 'shop' });

/** Documents of a service with these endpoints, of one caller that may call it, and of a gateway in front. */
export function chaosDocuments(ports: readonly number[]): object[] {
  return [
    { apiVersion: 'gossamer.mesh/v1', kind: 'Workload', metadata: meta('cart'), spec: {} },
    {
      apiVersion: 'gossamer.mesh/v1',
      kind: 'Service',
      metadata: meta('orders'),
      spec: { endpoints: ports.map((port) => ({ url: `http://127.0.0.1:${port}` })) },
    },
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: meta('orders'),
      spec: { targetRefs: [{ group: '', kind: 'Service', name: 'orders' }], action: 'ALLOW', rules: [{}] },
    },
    {
      apiVersion: GATEWAY_API,
      kind: 'Gateway',
      metadata: meta('front'),
      spec: {
        gatewayClassName: 'gossamer',
        listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '*.shop.example' }],
      },
    },
    {
      apiVersion: GATEWAY_API,
      kind: 'HTTPRoute',
      metadata: meta('front'),
      spec: { parentRefs: [{ name: 'front' }], hostnames: [FRONT], rules: [{ backendRefs: [to('orders')] }] },
    },
  ];
}

const to = (name: string) => ({ name, port: 80 });
