import { LIES } from './lying-upstream.ts';

const meta = (name: string) => ({ name, namespace: 'shop' });
const service = (name: string, endpoints: readonly object[], port?: number) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: meta(name),
  spec: { endpoints, ...(port !== undefined && { ports: [{ port: 80, targetPort: port }] }) },
});

/**
 * One service a lie, so that what one is known for closes no door to another; all of them, and an honest one, at one
 * address, so that they share connections.
 * @param latePort of who says more after its answer was complete: that can not be told from the answer to the next request
 */
export const liarDocuments = (port: number, latePort: number): object[] =>
  chaosServices({
    ...Object.fromEntries(['honest', ...Object.keys(LIES)].map((name) => [name, [urlOf(port)]])),
    'more-than-length-later': [urlOf(latePort)],
  });

/** Services that `cart` may call, by name. */
export const chaosServices = (services: Readonly<Record<string, readonly object[]>>, port?: number): object[] => [
  { apiVersion: 'gossamer.mesh/v1', kind: 'Workload', metadata: meta('cart'), spec: {} },
  {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: meta('cart'),
    spec: { action: 'ALLOW', rules: [{ from: [{ source: { principals: ['mesh.local/ns/shop/sa/cart'] } }] }] },
  },
  ...Object.entries(services).map(([name, endpoints]) => service(name, endpoints, port)),
];

export const urlOf = (port: number): object => ({ url: `http://127.0.0.1:${port}` });
