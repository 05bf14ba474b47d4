import { expect, test } from 'vitest';
import { compileMesh } from './index.ts';

const metadata = { namespace: 'shop', name: 'orders' };
const compiled = compileMesh([{ apiVersion: 'gossamer.mesh/v1', kind: 'Service', metadata, spec: {} }], { dev: false });

test('a mesh without MeshConfig has the documented defaults', () => {
  expect(compiled.mesh).toEqual({
    trustDomain: 'mesh.local',
    domain: 'mesh',
    rootNamespace: 'mesh-system',
    defaultAuthorization: 'deny',
    replayProtection: 'best-effort',
    staleness: { soft: 60_000, hard: 86_400_000 },
    telemetry: { trustIncomingContext: true },
  });
});

test('a bare service is an HTTP service on port 80 with safe retries, for callers with identity', () => {
  expect(compiled.services).toEqual([
    {
      ...{ kind: 'service', ...metadata, identity: 'spiffe://mesh.local/ns/shop/sa/orders' },
      ...{ authn: 'proof', peerAuthentication: 'STRICT', ports: [{ port: 80 }], endpoints: [], policies: [] },
      routes: { default: null, byPort: {} },
      consumerRoutes: {},
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
    },
  ]);
});

test('every document has its three conditions', () => {
  const conditions = compiled.conditions.get('gossamer.mesh/Service/shop/orders');
  expect(conditions?.map((c) => `${c.type} ${c.status} ${c.reason}`)).toEqual([
    'Accepted True Accepted',
    'ResolvedRefs True ResolvedRefs',
    'Programmed True Programmed',
  ]);
});
