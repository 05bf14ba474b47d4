import { expect, test } from 'vitest';
import type { ServiceChunk } from '../../snapshot/chunk.ts';
import type { RouteTable } from '../../snapshot/route.ts';
import { DEFAULT_TRAFFIC } from '../../snapshot/traffic-defaults.ts';
import { loadService } from './loaded-service.ts';
import { serviceChunk } from './published.fake.ts';

const table = (name: string): RouteTable => ({
  matches: [{ rule: 0, path: { type: 'PathPrefix', value: '/' } }],
  rules: [{ id: { kind: 'HTTPRoute', namespace: 'shop', name, rule: 0 }, filters: [], backends: [] }],
});

const service = loadService(
  serviceChunk('orders', {
    routes: { default: table('producer'), byPort: { 8080: table('producer-8080') } },
    consumerRoutes: {
      web: { default: null, byPort: { 8080: table('web-8080') } },
      batch: { default: table('batch'), byPort: {} },
    },
  }),
);

test.each([
  [80, undefined, 'producer'],
  [8080, undefined, 'producer-8080'],
  [80, 'other', 'producer'],
  [80, '__proto__', 'producer'],
  [8080, 'web', 'web-8080'],
  [80, 'web', 'producer'],
  [8080, 'batch', 'batch'],
])('at port %i for callers of %s: %s', (port, namespace, route) => {
  expect(service.routesFor(port, namespace)?.rules[0]?.id.name).toBe(route);
});

test('no route attached is no table', () => {
  expect(loadService(serviceChunk('cart')).routesFor(80, 'web')).toBeNull();
});

test('what the chunk of an earlier version does not say is the default', () => {
  const retry = { limit: 4, backoffBase: 25, backoffMax: 250, codes: [503], unsafe: false };
  const traffic = { requestTimeout: 1000, tryTimeout: 0, retry } as unknown as ServiceChunk['traffic'];
  expect(loadService(serviceChunk('orders', { traffic })).chunk.traffic).toEqual({
    ...DEFAULT_TRAFFIC,
    requestTimeout: 1000,
    retry: { ...DEFAULT_TRAFFIC.retry, limit: 4, codes: [503] },
  });
});
