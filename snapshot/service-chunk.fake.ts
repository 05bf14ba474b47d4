import type { ServiceChunk } from './chunk.ts';

/** As the compiler makes it of a Service with one endpoint and nothing else. @param key `namespace/name` */
export function serviceChunkAt(key: string, over: Partial<ServiceChunk> = {}): ServiceChunk {
  const [namespace = '', name = ''] = key.split('/');
  return {
    kind: 'service',
    namespace,
    name,
    identity: `spiffe://mesh.local/ns/${namespace}/sa/${name}`,
    authn: 'proof',
    peerAuthentication: 'STRICT',
    ports: [{ port: 80 }],
    endpoints: [{ id: 'one', url: 'http://127.0.0.1:9000', weight: 1 }],
    routes: { default: null, byPort: {} },
    consumerRoutes: {},
    policies: [],
    traffic: {
      requestTimeout: 15_000,
      tryTimeout: 0,
      retry: {
        limit: 2,
        backoffBase: 25,
        backoffMax: 250,
        codes: [502, 503, 504],
        unsafe: false,
        budget: { share: 0.2, floor: 10, window: 10_000 },
        replayCap: 65_536,
      },
      breaker: { failures: 7, codes: [502, 503, 504], openBase: 1000, openMax: 60_000, panicThreshold: 0 },
      balancing: { policy: 'peak-ewma' },
    },
    ...over,
  };
}
