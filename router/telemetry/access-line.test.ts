import { expect, test } from 'vitest';
import { accessLine } from './access-line.ts';
import { recordOf } from './record.fake.ts';

test('tells one request', () => {
  expect(JSON.parse(accessLine(recordOf()))).toEqual({
    event: 'request',
    time: 1_700_000_000_000,
    reporter: 'router',
    decisionId: 'd1',
    revision: 7,
    method: 'GET',
    scheme: 'http',
    host: 'orders.shop.mesh',
    path: '/a',
    protocol: 'http/1.1',
    status: 200,
    flag: '-',
    duration: 12.5,
    source: 'spiffe://mesh.local/ns/shop/sa/cart',
    destination: 'shop/orders',
    backend: 'shop/orders-v2',
    route: 'HTTPRoute/shop/orders/0',
    authorization: 'allow',
    attempts: [{ endpoint: 'one', status: 200, duration: 10 }],
    bytesIn: 0,
    bytesOut: 2,
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
  });
});

test("a refusal carries its reason and Envoy's flag", () => {
  const line = JSON.parse(accessLine(recordOf({ reason: 'deadline_exceeded', status: 504 })));
  expect([line.reason, line.flag]).toEqual(['deadline_exceeded', 'DT']);
});

test.each(['a\nb', 'a\r\nb', 'a"b', 'a\u2028b', 'a\u0085b', 'a\u001bb'])('%j stays within one line', (host) => {
  const line = accessLine(recordOf({ host }));
  expect(line).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(line).host).toBe(host);
});

test('a made-up method is cut short', () => {
  expect(JSON.parse(accessLine(recordOf({ method: 'M'.repeat(9000) }))).method).toHaveLength(256);
});

test('says what policies in shadow would have done', () => {
  const shadow = { would: 'deny', decidedBy: 'shop/p', flips: true } as const;
  expect(JSON.parse(accessLine(recordOf({ shadow })))).toMatchObject({ authorization: 'allow', shadow });
});

test('says what came of tries and copies, and what limits said', () => {
  const attempt = {
    endpoint: 'a "b"',
    startedAt: 1,
    duration: 1.23456,
    spanId: 's',
    status: undefined,
    failure: 'reset',
  };
  const more = {
    attempts: [attempt, { ...attempt, endpoint: 'two' }],
    mirrors: [{ service: 'shop/copy', outcome: 'sent' }],
    limits: [{ limit: 'shop/orders/each', outcome: 'refused' }],
  } as const;
  expect(JSON.parse(accessLine(recordOf(more)))).toMatchObject({
    attempts: [
      { endpoint: 'a "b"', failure: 'reset', duration: 1.235 },
      { endpoint: 'two', failure: 'reset', duration: 1.235 },
    ],
    mirrors: more.mirrors,
    limits: more.limits,
  });
});
