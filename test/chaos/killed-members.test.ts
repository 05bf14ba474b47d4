import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unusedPort } from '../blackbox/context.ts';
import { type Member, type Role, RUNTIMES } from '../blackbox/runtimes.ts';
import { type ChaosMesh, FRONT, ORDERS, startChaosMesh } from './chaos-mesh.ts';
import { until } from './conditions.ts';
import { Load } from './load.ts';
import { memoryIsBack, residentOf } from './memory.ts';

let mesh: ChaosMesh;
beforeAll(async () => {
  mesh = await startChaosMesh();
});
afterAll(() => mesh?.stop());

describe.each(RUNTIMES)('$name', (runtime) => {
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((it) => it.stop()));
    expect(mesh.paidTwice()).toEqual([]);
  });

  async function start(role: Role, port: number): Promise<Member> {
    const member = await runtime.start(role, mesh.store.joinFile, { PORT: String(port) });
    running.push(member);
    return member;
  }

  function loadOn(url: string, role: Role): Load {
    const load = new Load(role === 'router' ? { url, to: ORDERS, as: mesh.cart } : { url, to: FRONT });
    running.unshift(load);
    return load;
  }

  test.each(['router', 'gateway'] as const)('a %s is killed under load', async (role) => {
    const port = await unusedPort();
    const [victim, survivor] = await Promise.all([start(role, port), start('router', 0)]);
    const [load, beside] = [loadOn(victim.url, role), loadOn(survivor.url, 'router')];
    await until('300 answers on both', () => load.succeeded > 300 && beside.succeeded > 300);
    const before = residentOf(survivor.program);
    await victim.program.stop('SIGKILL');
    const during = load.since();
    await until('callers who notice', () => during().length > 50);
    // Nobody was there to answer: what failed is a connection, never a made-up answer.
    expect(load.failed.filter(({ status }) => status !== 0)).toEqual([]);
    await start(role, port);
    const later = load.since();
    await until('300 answers of its successor', () => later().filter(({ status }) => status === 200).length > 300);
    // Until it has a snapshot it refuses everything; from the first answer on it refuses nothing.
    const refused = later().filter(({ status }) => status > 0 && status !== 200);
    expect(refused.filter(({ reason }) => reason !== 'snapshot_unavailable')).toEqual([]);
    const first = later().findIndex(({ status }) => status === 200);
    expect(
      later()
        .slice(first + 6)
        .filter(({ status }) => status !== 200),
    ).toEqual([]);
    expect(beside.failed).toEqual([]);
    expect([...load.wrong, ...beside.wrong]).toEqual([]);
    await memoryIsBack(survivor.program, before);
  });
});
