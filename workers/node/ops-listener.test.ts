import { expect, test } from 'vitest';
import { chunkWith, Watched } from '../../router/resilience/health.fake.ts';
import type { FollowerStatus } from '../../router/snapshot/follower.ts';
import { exposition, type Observed, OpsListener } from './ops-listener.ts';

const observing = (status: Partial<FollowerStatus>): Observed => ({
  follower: {
    current: () => 'snapshot_stale',
    status: () => ({ revision: 4, generation: 9, confirmedAt: 1_000, lastError: undefined, ...status }),
  },
  stageStats: () => [{ stage: 'screen', count: 3, refused: 1, millis: 250 }],
  health: () => [],
});

test('numbers in the text format', () => {
  const text = exposition(observing({}), 3_500);
  expect(text).toContain('# TYPE gossamer_router_revision gauge\ngossamer_router_revision 4\n');
  expect(text).toContain('gossamer_router_snapshot_age_seconds 2.5\n');
  expect(text).toContain('gossamer_router_stage_stops_total{stage="screen"} 1\n');
  expect(text).toContain('gossamer_router_stage_seconds_total{stage="screen"} 0.25\n');
  expect(exposition(observing({ confirmedAt: undefined }), 0)).toContain('snapshot_age_seconds NaN\n');
});

test('breakers that are open are told by name, all others are counted', () => {
  const watched = new Watched(chunkWith(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`e"${n}`, 1]))));
  for (const { endpoint } of watched.health.entries.slice(50)) watched.end(endpoint.id, 'failure', 7);
  const text = exposition({ ...observing({}), health: () => [watched.health] }, 0);
  expect(text).toContain(
    'gossamer_router_endpoints{breaker="closed"} 50\ngossamer_router_endpoints{breaker="open"} 250\n',
  );
  expect(text).toContain('gossamer_router_breaker_openings{service="shop/orders",endpoint="e\\"50"} 1\n');
  expect(text.match(/^gossamer_router_breaker_openings/gm)).toHaveLength(200);
});

test('alive is not ready', async () => {
  const ops = await OpsListener.open('127.0.0.1', 0, () => observing({}));
  const [health, ready, none] = await Promise.all(['/healthz', '/readyz', '/x'].map((path) => fetch(ops.url + path)));
  ops.close();
  expect([health?.status, ready?.status, none?.status]).toEqual([200, 503, 404]);
  expect(await ready?.text()).toBe('snapshot_stale\n');
});
