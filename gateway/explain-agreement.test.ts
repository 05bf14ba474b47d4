import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain } from '../router/explain.ts';
import {
  backendAtWeight,
  gatewayAt,
  policyAt,
  ruleAt,
  serviceAt,
  snapshotOf,
  tableOf,
} from '../router/routing/mesh.fake.ts';
import { Served } from '../router/served.fake.ts';
import type { Listener } from '../snapshot/gateway-chunk.ts';
import { gatewayPipeline } from './pipeline.ts';

const FRONT = 'mesh.local/ns/shop/sa/front';
const hostname = fc.constantFrom(undefined, '*.shop.test', 'a.shop.test', '*.test');
const listener: fc.Arbitrary<Listener> = fc
  .record({ port: fc.constantFrom(443, 8443), listens: hostname, routed: hostname, prefix: fc.constantFrom('/', '/a') })
  .map(({ port, listens, routed, prefix }) => ({
    name: 'one',
    port,
    protocol: 'HTTPS',
    ...(listens !== undefined && { hostname: listens }),
    hosts: [
      { hostname: routed ?? '*', table: tableOf(ruleAt(0, { backends: [backendAtWeight('shop/orders')] }), prefix) },
    ],
  }));
const rule = fc.constantFrom(
  {},
  { from: [{ principals: [FRONT] }] },
  { from: [{ principals: ['*'] }] },
  { from: [{ ipBlocks: ['127.0.0.0/8'] }] },
  { to: [{ paths: ['/a'] }] },
  { to: [{ hosts: ['*.shop.test'] }] },
);
const policies = (name: string) =>
  fc
    .array(fc.tuple(fc.constantFrom('ALLOW' as const, 'ALLOW' as const, 'DENY' as const), rule), { maxLength: 2 })
    .map((list) => list.map(([action, one], index) => policyAt(`shop/${name}-${index}`, action, one)));
const host = fc.constantFrom('a.shop.test', 'b.shop.test', 'c.test', 'other.example');

test('explain says of a call from outside what the gateway does, 421 included', async () => {
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(listener, { minLength: 1, maxLength: 3 }),
      policies('own'),
      policies('backend'),
      fc.record({ host, serverName: host, port: fc.constantFrom(443, 8443), path: fc.constantFrom('/a', '/b') }),
      async (listeners, own, backend, asked) => {
        const mesh = {
          gateways: [gatewayAt('shop/front', listeners, own)],
          services: [serviceAt('shop/orders', { policies: backend })],
        };
        // A socket of its own for each logical port; a port without listener has no socket.
        fc.pre(listeners.some(({ port }) => port === asked.port));
        const authority = `${asked.host}:${asked.port}`;
        const connection = { tls: true, serverName: asked.serverName, gateway: 'shop/front', listenerPort: asked.port };
        const served = await Served.start(gatewayPipeline, { reporter: 'gateway', mesh });
        const real = await served.tell({ authority, target: asked.path, connection });
        const told = await explain(snapshotOf(mesh), {
          method: 'GET',
          url: `https://${authority}${asked.path}`,
          gateway: 'shop/front',
          serverName: asked.serverName,
          remoteAddress: '127.0.0.1',
        });
        seen.add(real.status);
        expect([told.status ?? 200, told.reason]).toEqual([real.status, real.reason]);
      },
    ),
    { numRuns: 300 },
  );
  expect([...seen].sort()).toEqual([200, 403, 404, 421]);
});
