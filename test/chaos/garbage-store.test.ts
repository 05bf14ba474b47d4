import { afterAll, beforeAll, expect, test } from 'vitest';
import { OpenStore } from '../attacks/open-store.ts';
import type { Caller } from '../blackbox/policy-store.ts';
import { stopAll } from '../blackbox/process.ts';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { until } from './conditions.ts';
import { GARBLES, GarblingStore } from './garbling-store.ts';
import { chaosServices, urlOf } from './liar-documents.ts';
import { Load } from './load.ts';
import { LyingUpstream } from './lying-upstream.ts';
import { memoryIsBack, residentOf } from './memory.ts';

/** Routers of all runtimes at once: what they wait for, they wait for together. */
interface Door {
  readonly name: string;
  readonly member: Member;
  readonly load: Load;
  readonly memory: number;
}

let real: OpenStore;
let store: GarblingStore;
let upstream: LyingUpstream;
let cart: Caller;
let doors: Door[] = [];
let revision = 0;

beforeAll(async () => {
  [real, upstream] = await Promise.all([OpenStore.start(), LyingUpstream.start()]);
  store = await GarblingStore.start(real.url, real.joinFile);
  await apply(0);
  cart = await real.enrol('shop', 'cart');
  doors = await Promise.all(
    RUNTIMES.map(async (runtime) => {
      const member = await runtime.start('router', store.joinFile);
      const load = new Load({ url: member.url, to: 'orders.shop.mesh', as: cart, workers: 1, pause: 20 });
      await until(`answers on ${runtime.name}`, () => load.succeeded > 20);
      return { name: runtime.name, member, load, memory: residentOf(member.program) };
    }),
  );
});
afterAll(async () => {
  for (const { load, member } of doors) {
    await load.stop();
    await member.program.stop('SIGKILL');
    await member.stop();
  }
  store?.stop();
  upstream?.stop();
  await real?.stop();
  await stopAll();
});

/** Something new, in a chunk that every router has in use. */
async function apply(n: number): Promise<void> {
  const documents = chaosServices({ orders: [{ ...urlOf(upstream.port), weight: n + 1 }] });
  ({ revision } = (await real.post('/v1/apply', documents)) as { revision: number });
}

/** Each time it is told what went wrong, since line `from`. */
const told = ({ member }: Door, from: number): string[] =>
  member.program.lines
    .slice(from)
    .filter((line) => line.includes('the snapshot was not refreshed'))
    .map((line) => String((JSON.parse(line) as { error: unknown }).error));

test.each(Object.entries(GARBLES))(
  '%s: what was in force stays, and gives way once the store is honest',
  async (name, garble) => {
    const inForce = revision;
    const lines = doors.map(({ member }) => member.program.lines.length);
    const during = doors.map(({ load }) => load.since());
    store.become(garble);
    await apply(Object.keys(GARBLES).indexOf(name) + 1);
    // What drips is waited for.
    const often = name.endsWith('now and then') ? 2 : 3;
    await until(
      'everybody was told',
      () => store.asked.size >= doors.length && Math.min(...store.asked.values()) >= often,
    );
    for (const [i, door] of doors.entries()) {
      const revisions = new Set(during[i]?.().map((outcome) => outcome.revision));
      expect([door.name, ...revisions]).toEqual([door.name, inForce]);
      const errors = told(door, lines[i] as number);
      expect(errors.length, `${door.name}: ${errors.join(', ')}`).toBeLessThanOrEqual(new Set(errors).size);
    }
    store.become(undefined);
    for (const { name, load } of doors) {
      await until(`the new revision on ${name}`, () => load.outcomes.at(-1)?.revision === revision);
    }
  },
);

test('no request failed, none got what is another’s, and memory is back', async () => {
  for (const { name, load, member, memory } of doors) {
    expect([name, load.failed, load.wrong]).toEqual([name, [], []]);
    await memoryIsBack(member.program, memory).catch((error: unknown) => expect.fail(`${name}: ${String(error)}`));
  }
});
