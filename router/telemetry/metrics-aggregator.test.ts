import { expect, test } from 'vitest';
import { MetricsAggregator } from './metrics-aggregator.ts';
import { recordOf } from './record.fake.ts';
import type { RequestRecord } from './record.ts';

function drained(records: RequestRecord[], limit?: number) {
  const metrics = new MetricsAggregator(limit);
  for (const record of records) metrics.record(record);
  return metrics.drain('r1')?.series ?? [];
}

test('adds requests of one series up', () => {
  const [attempt] = recordOf().attempts;
  const retried = recordOf({ duration: 800, attempts: attempt ? [attempt, attempt, attempt] : [] });
  const [series, ...others] = drained([recordOf(), retried]);
  expect(others).toEqual([]);
  expect(series).toMatchObject({ requests: 2, retries: 2, durationSum: 0.8125 });
  expect(series?.durationBuckets).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
});

test.each([
  [5, 0],
  [5.1, 1],
  [10_000, 13],
  [10_001, 14],
])('%d ms fall into bucket %i', (duration, at) => {
  expect(drained([recordOf({ duration })])[0]?.durationBuckets.indexOf(1)).toBe(at);
});

test('labels come from the documents of the mesh', () => {
  const nobody = { source: undefined, destination: undefined, backend: undefined, route: undefined };
  const series = drained([recordOf(), recordOf({ ...nobody, status: 404, reason: 'service_not_found', attempts: [] })]);
  expect(series.map(({ labels }) => labels)).toEqual([
    {
      reporter: 'router',
      source: 'spiffe://mesh.local/ns/shop/sa/cart',
      destination: 'shop/orders',
      backend: 'shop/orders-v2',
      route: 'HTTPRoute/shop/orders/0',
      method: 'GET',
      code: '200',
      reason: 'none',
    },
    {
      reporter: 'router',
      source: 'unknown',
      destination: 'unknown',
      backend: 'none',
      route: 'none',
      method: 'GET',
      code: '404',
      reason: 'service_not_found',
    },
  ]);
});

test('methods that callers make up share one label', () => {
  expect(drained(['FOO', 'BAR', 'get'].map((method) => recordOf({ method })))).toMatchObject([
    { labels: { method: '_OTHER' }, requests: 3 },
  ]);
});

test('counts what policies in shadow would have changed', () => {
  const shadow = { would: 'deny', decidedBy: 'shop/p' } as const;
  const records = [true, false].map((flips) => recordOf({ shadow: { ...shadow, flips } }));
  expect(drained([...records, recordOf()])).toMatchObject([{ requests: 3, shadowFlips: 1 }]);
});

test('counts what rate limits had no room for', () => {
  const metrics = new MetricsAggregator();
  const limits = [{ limit: 'shop/orders/all', outcome: 'refused' }] as const;
  for (const record of [recordOf({ limits }), recordOf({ limits }), recordOf()]) metrics.record(record);
  expect(metrics.drain('r1')?.limits).toEqual([{ limit: 'shop/orders/all', outcome: 'refused', requests: 2 }]);
  metrics.record(recordOf());
  expect(metrics.drain('r1')).not.toHaveProperty('limits');
});

test('beyond the limit everything new falls into one series', () => {
  const records = Array.from({ length: 10 }, (_, i) => recordOf({ destination: `shop/s${i}` }));
  const series = drained([...records, ...records], 4);
  expect(series.map(({ labels, requests }) => `${labels.destination} ${requests}`)).toEqual([
    'shop/s0 2',
    'shop/s1 2',
    'shop/s2 2',
    'overflow 14',
  ]);
});

test('a report holds what happened since the last one', () => {
  const metrics = new MetricsAggregator();
  expect(metrics.drain('r1')).toBeUndefined();
  metrics.record(recordOf());
  expect(metrics.drain('r1')).toMatchObject({ router: 'r1', sequence: 1, series: [{ requests: 1 }] });
  expect(metrics.drain('r1')).toBeUndefined();
  metrics.record(recordOf());
  expect(metrics.drain('r1')).toMatchObject({ sequence: 2, series: [{ requests: 1 }] });
});
