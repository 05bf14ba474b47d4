import type { RequestRecord } from './record.ts';

/** A record of a call that went well. */
export const recordOf = (over: Partial<RequestRecord> = {}): RequestRecord => ({
  reporter: 'router',
  decisionId: 'd1',
  revision: 7,
  startedAt: 1_700_000_000_000,
  duration: 12.5,
  method: 'GET',
  scheme: 'http',
  host: 'orders.shop.mesh',
  path: '/a',
  protocol: 'http/1.1',
  status: 200,
  reason: undefined,
  detail: undefined,
  source: 'spiffe://mesh.local/ns/shop/sa/cart',
  destination: 'shop/orders',
  backend: 'shop/orders-v2',
  route: 'HTTPRoute/shop/orders/0',
  authorization: 'allow',
  attempts: [
    {
      endpoint: 'one',
      startedAt: 1_700_000_000_001,
      duration: 10,
      spanId: 'c'.repeat(16),
      status: 200,
      failure: undefined,
    },
  ],
  bytesIn: 0,
  bytesOut: 2,
  trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentId: undefined, flags: '01', state: undefined },
  ...over,
});
