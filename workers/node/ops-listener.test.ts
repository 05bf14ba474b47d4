import { expect, test } from 'vitest';
import type { FollowerStatus } from '../../router/snapshot/follower.ts';
import { exposition, type Observed, OpsListener } from './ops-listener.ts';

const observing = (status: Partial<FollowerStatus>): Observed => ({
  follower: {
    current: () => 'snapshot_stale',
    status: () => ({ revision: 4, generation: 9, confirmedAt: 1_000, lastError: undefined, ...status }),
  },
  stageStats: () => [{ stage: 'screen', count: 3, refused: 1, millis: 250 }],
});

test('numbers in the text format', () => {
  const text = exposition(observing({}), 3_500);
  expect(text).toContain('# TYPE gossamer_router_revision gauge\ngossamer_router_revision 4\n');
  expect(text).toContain('gossamer_router_snapshot_age_seconds 2.5\n');
  expect(text).toContain('gossamer_router_stage_stops_total{stage="screen"} 1\n');
  expect(text).toContain('gossamer_router_stage_seconds_total{stage="screen"} 0.25\n');
  expect(exposition(observing({ confirmedAt: undefined }), 0)).toContain('snapshot_age_seconds NaN\n');
});

test('alive is not ready', async () => {
  const ops = await OpsListener.open('127.0.0.1', 0, () => observing({}));
  const [health, ready, none] = await Promise.all(['/healthz', '/readyz', '/x'].map((path) => fetch(ops.url + path)));
  ops.close();
  expect([health?.status, ready?.status, none?.status]).toEqual([200, 503, 404]);
  expect(await ready?.text()).toBe('snapshot_stale\n');
});
