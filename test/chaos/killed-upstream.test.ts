import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { type ChaosMesh, ORDERS, startChaosMesh } from './chaos-mesh.ts';
import { until } from './conditions.ts';
import { Load } from './load.ts';
import { memoryIsBack, residentOf } from './memory.ts';

let mesh: ChaosMesh;
beforeAll(async () => {
  mesh = await startChaosMesh();
});
afterAll(() => mesh?.stop());

describe.each(RUNTIMES)('$name', (runtime) => {
  let router: Member;
  let load: Load;
  beforeAll(async () => {
    router = await runtime.start('router', mesh.store.joinFile);
    load = new Load({ url: router.url, to: ORDERS, as: mesh.cart });
  });
  afterEach(() => {
    expect(load.wrong).toEqual([]);
    expect(mesh.paidTwice()).toEqual([]);
  });
  afterAll(async () => {
    await load?.stop();
    await router?.stop();
  });

  test('one of two endpoints is killed under load: the other serves, and it serves again when it is back', async () => {
    const [one] = mesh.services;
    await until('traffic on both', () => new Set(load.outcomes.map(({ from }) => from)).size === 2);
    await until('300 answers', () => load.succeeded > 300);
    expect(load.failed).toEqual([]);
    const before = residentOf(router.program);
    await one.kill();
    const during = load.since();
    await until('500 answers by the other', () => during().filter(({ from }) => from === 'two').length > 500);
    // What was under way when it died: its outcome is unknown, so a POST of those is told so, not sent again.
    const failed = during().filter(({ status }) => status !== 200);
    expect(failed.filter(({ method }) => method === 'GET')).toEqual([]);
    expect(failed.filter(({ reason }) => reason !== 'upstream_reset')).toEqual([]);
    // One that cannot tell a refused connection from a broken one must take each of them for processed.
    if (runtime.knowsRefused) expect(failed.length).toBeLessThanOrEqual(6);
    await one.startAgain();
    const later = load.since();
    await until('answers of both', () => new Set(later().map(({ from }) => from)).size === 2);
    await memoryIsBack(router.program, before);
  });
});
