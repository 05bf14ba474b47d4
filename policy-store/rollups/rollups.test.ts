import { expect, test } from 'vitest';
import type { SeriesDelta, SeriesLabels, TelemetryReport } from '../../snapshot/telemetry.ts';
import { DURATION_BUCKETS } from '../../snapshot/telemetry.ts';
import { telemetryReport } from './report-schema.ts';
import { Rollups } from './rollups.ts';
import { Totals } from './totals.ts';

const delta = (other: Partial<SeriesLabels> = {}): SeriesDelta => ({
  labels: {
    reporter: 'router',
    source: 'spiffe://mesh.local/ns/shop/sa/web',
    destination: 'shop/orders',
    backend: 'shop/orders-v1',
    route: 'HTTPRoute/shop/orders/0',
    method: 'GET',
    code: '200',
    reason: 'none',
    ...other,
  },
  requests: 2,
  retries: 1,
  durationSum: 0.5,
  durationBuckets: DURATION_BUCKETS.map((bound) => (bound === 0.25 ? 2 : 0)).concat(0),
});
const report = (sequence: number, ...series: SeriesDelta[]): TelemetryReport => ({ router: 'r1', sequence, series });
const gauges = { revision: 3, generation: 4, routers: [{ role: 'router', synced: true }], domain: 'mesh' };
const metricsOf = (...series: SeriesDelta[]) => {
  const rollups = new Rollups();
  rollups.take(report(1, ...series), 0);
  return rollups.metrics(gauges).split('\n');
};

test('a report that comes again is not counted again; one after a restart is', () => {
  const rollups = new Rollups();
  const taken = [1, 1, 2, 1].map((sequence) => rollups.take(report(sequence, delta()), 0));
  expect(taken).toEqual([true, false, true, true]);
  expect(rollups.stats(60_000, 0)[0]?.requests).toBe(6);
});

test('durations are a cumulative histogram in seconds', () => {
  const lines = metricsOf(delta()).filter((line) => line.startsWith('http_server_request_duration_seconds'));
  expect(lines.find((line) => line.includes('le="0.1"'))).toMatch(/ 0$/);
  expect(lines.find((line) => line.includes('le="0.25"'))).toMatch(/ 2$/);
  expect(lines.find((line) => line.includes('le="+Inf"'))).toMatch(/ 2$/);
  expect(lines.find((line) => line.includes('_sum'))).toMatch(/http_route="HTTPRoute\/shop\/orders\/0".* 0\.5$/);
});

test('Istio counts the same requests under its own names', () => {
  const lines = metricsOf(delta());
  const total = lines.find((line) => line.startsWith('istio_requests_total'));
  expect(total).toContain('source_workload="web",source_workload_namespace="shop"');
  expect(total).toContain('destination_service="orders.shop.mesh"');
  expect(total).toContain('destination_workload="orders-v1"');
  expect(lines.find((line) => line.startsWith('istio_request_duration_milliseconds_sum'))).toMatch(/ 500$/);
});

test('no sample comes twice, whatever the labels collapse to', () => {
  const same = { code: '400', backend: 'none' };
  const lines = metricsOf(
    delta({ ...same, reason: 'token_invalid' }),
    delta({ ...same, reason: 'token_replayed', method: 'POST' }),
  ).filter((line) => !line.startsWith('#') && line !== '');
  const names = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  expect(new Set(names).size).toBe(names.length);
  expect(lines.find((line) => line.startsWith('istio_requests_total'))).toMatch(/response_flags="UAEX".* 4$/);
});

test('label values are escaped', () => {
  const line = metricsOf(delta({ source: 'a"b\\c\nd' })).find((text) => text.startsWith('gossamer_retries_total'));
  expect(line).toContain('source="a\\"b\\\\c\\nd"');
});

test('the store says its own state', () => {
  expect(metricsOf()).toEqual(
    expect.arrayContaining([
      'gossamer_store_revision 3',
      'gossamer_store_generation 4',
      'gossamer_routers{role="router",synced="true"} 1',
      'gossamer_telemetry_reports_total{outcome="accepted"} 1',
    ]),
  );
});

test('series over the limit overflow and lose no count', () => {
  const totals = new Totals(2);
  for (let i = 0; i < 10; i++) totals.add(delta({ route: `r${i}` }));
  const all = [...totals.all()];
  expect(all.map(({ labels }) => labels.destination)).toEqual(['shop/orders', 'shop/orders', 'overflow']);
  expect(all.reduce((sum, { requests }) => sum + requests, 0)).toBe(20);
});

test('a report of our routers passes the schema', () => {
  expect(telemetryReport.parse(report(1, delta()))).toEqual(report(1, delta()));
});

test.each([
  ['an unknown member', { ...report(1), x: 1 }],
  ['a negative count', report(1, { ...delta(), requests: -1 })],
  ['too few buckets', report(1, { ...delta(), durationBuckets: [1] })],
  ['a number that is none', report(1, { ...delta(), durationSum: Number.NaN })],
  ['too many series', report(1, ...Array.from({ length: 4002 }, () => delta()))],
  ['a missing label', report(1, { ...delta(), labels: {} as SeriesLabels })],
])('a report with %s is refused', (_, wrong) => {
  expect(telemetryReport.safeParse(wrong).success).toBe(false);
});

test('what rate limits had no room for is counted by limit', () => {
  const rollups = new Rollups();
  const limits = [{ limit: 'shop/orders/all', outcome: 'shadow', requests: 2 }] as const;
  for (const sequence of [1, 2]) rollups.take({ ...report(sequence, delta()), limits }, 0);
  expect(rollups.metrics(gauges).split('\n')).toContain(
    'gossamer_rate_limited_total{limit="shop/orders/all",outcome="shadow"} 4',
  );
  expect(telemetryReport.safeParse({ ...report(1), limits }).success).toBe(true);
  expect(telemetryReport.safeParse({ ...report(1), limits: [{ ...limits[0], outcome: 'x' }] }).success).toBe(false);
});

test('what policies in shadow would have changed is counted by source and route, also when some routers do not tell', () => {
  const lines = metricsOf({ ...delta(), shadowFlips: 2 }, delta(), { ...delta({ source: 'x' }), shadowFlips: 0 });
  const flips = lines.filter((line) => line.startsWith('gossamer_shadow_flips_total'));
  expect(flips).toEqual([expect.stringMatching(/source="spiffe:.*\/sa\/web".* 2$/)]);
  expect(telemetryReport.safeParse(report(1, { ...delta(), shadowFlips: 2 }, delta())).success).toBe(true);
});
