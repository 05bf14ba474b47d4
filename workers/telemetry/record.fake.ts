import type { RequestRecord } from '../../router/index.ts';

/** One request that went well. */
export const recordOf = (more: Partial<RequestRecord> = {}): RequestRecord => ({
  reporter: 'router',
  decisionId: '0123456789abcdef',
  revision: 3,
  startedAt: 1_000,
  duration: 12.5,
  method: 'GET',
  scheme: 'http',
  host: 'orders.shop.mesh',
  path: '/x',
  protocol: 'http/1.1',
  status: 200,
  reason: undefined,
  detail: undefined,
  source: 'spiffe://mesh.local/ns/shop/sa/cart',
  destination: 'shop/orders',
  backend: 'shop/orders',
  route: undefined,
  authorization: 'allow',
  attempts: [],
  bytesIn: 0,
  bytesOut: 2,
  trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentId: undefined, flags: '01', state: undefined },
  ...more,
});
