import type { ServiceChunk } from './chunk.ts';
import { DEFAULT_TRAFFIC } from './traffic-defaults.ts';

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
    traffic: DEFAULT_TRAFFIC,
    ...over,
  };
}
