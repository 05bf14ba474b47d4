import { expect, test } from 'vitest';
import type { SeriesDelta, SeriesLabels } from '../../snapshot/telemetry.ts';
import { DURATION_BUCKETS } from '../../snapshot/telemetry.ts';
import { LONGEST_WINDOW, quantile, SLOT, TrafficWindow } from './window.ts';

const labels: SeriesLabels = {
  reporter: 'router',
  source: 'spiffe://mesh.local/ns/shop/sa/web',
  destination: 'shop/orders',
  backend: 'shop/orders-v1',
  route: 'HTTPRoute/shop/orders/0',
  method: 'GET',
  code: '200',
  reason: 'none',
};
/** All in the bucket up to 10 ms. */
const delta = (requests: number, other: Partial<SeriesLabels> = {}): SeriesDelta => ({
  labels: { ...labels, ...other },
  requests,
  retries: 0,
  durationSum: requests * 0.008,
  durationBuckets: DURATION_BUCKETS.map((bound) => (bound === 0.01 ? requests : 0)).concat(0),
});

const NOW = 1_000 * SLOT;

test('requests of one edge are summed, with backends and reasons apart', () => {
  const traffic = new TrafficWindow();
  traffic.add(delta(9), NOW);
  traffic.add(delta(1, { backend: 'shop/orders-v2' }), NOW);
  traffic.add(delta(2, { backend: 'none', code: '403', reason: 'permission_denied' }), NOW);
  expect(traffic.stats(10_000, NOW)).toMatchObject([
    {
      source: labels.source,
      destination: 'shop/orders',
      requests: 12,
      success: 10 / 12,
      rps: 1.2,
      backends: { 'shop/orders-v1': 9, 'shop/orders-v2': 1 },
      reasons: { permission_denied: 2 },
    },
  ]);
});

test('backends of one edge are told apart up to a bound', () => {
  const traffic = new TrafficWindow();
  for (let n = 0; n < 100; n++) traffic.add(delta(1, { backend: `shop/b${n}` }), NOW);
  const [edge] = traffic.stats(10_000, NOW);
  expect([Object.keys(edge?.backends ?? {}).length, edge?.backends.overflow]).toEqual([65, 36]);
});

test.each([
  ['404 of the upstream', { code: '404' }, 1],
  ['500 of the upstream', { code: '500' }, 0],
  ['a delay on purpose', { reason: 'delay_injected' }, 1],
  ['404 of the mesh', { code: '404', reason: 'route_not_found' }, 0],
  ['a caller that went away', { code: '0', reason: 'client_closed' }, 0],
])('%s', (_, other, success) => {
  const traffic = new TrafficWindow();
  traffic.add(delta(1, other), NOW);
  expect(traffic.stats(SLOT, NOW)[0]?.success).toBe(success);
});

test('a window sees its own slots only', () => {
  const traffic = new TrafficWindow();
  traffic.add(delta(1), NOW);
  traffic.add(delta(10), NOW + 20_000);
  expect(traffic.stats(10_000, NOW + 20_000)[0]?.requests).toBe(10);
  expect(traffic.stats(20_000, NOW + 20_000)[0]?.requests).toBe(11);
});

test('what is older than five minutes is forgotten', () => {
  const traffic = new TrafficWindow();
  traffic.add(delta(1), NOW);
  traffic.add(delta(1), NOW + LONGEST_WINDOW);
  expect(traffic.stats(2 * LONGEST_WINDOW, NOW + LONGEST_WINDOW)[0]?.requests).toBe(1);
});

test('the busiest edge comes first', () => {
  const traffic = new TrafficWindow();
  traffic.add(delta(1, { destination: 'shop/a' }), NOW);
  traffic.add(delta(2, { destination: 'shop/b' }), NOW);
  expect(traffic.stats(SLOT, NOW).map(({ destination }) => destination)).toEqual(['shop/b', 'shop/a']);
});

test.each([
  ['nothing', [], 0.5, 0],
  ['all in the first bucket', [4], 0.5, 2.5],
  ['the second of two', [1, 1], 0.99, 9.9],
  ['longer than all bounds', [...DURATION_BUCKETS.map(() => 0), 3], 0.5, 10_000],
])('the quantile of %s', (_, buckets, share, expected) => {
  expect(quantile(buckets, share)).toBeCloseTo(expected);
});
