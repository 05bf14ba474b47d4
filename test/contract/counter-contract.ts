import { expect, test, vi } from 'vitest';
import type { CounterStore } from '../../router/ports.ts';

/** One implementation of the counter store, in its own time: these tests wait for it and never for a time. */
export interface CounterPlace {
  /** As a router has it. Each call may be another router's. */
  store(): CounterStore;
}

const HOUR = { requests: 5, window: 3_600_000, burst: 5 };
const QUICK = { requests: 2, window: 400, burst: 2 };

/** What every counter store promises (router/ports.ts). */
export function counterContract(place: CounterPlace): void {
  const fresh = (): string => crypto.randomUUID();
  const now = Date.now();
  const take = (key: string, cost = 1, limit = HOUR) => place.store().take(key, cost, limit, now);

  test('gives what the bucket holds, and then nothing', async () => {
    const key = fresh();
    const seen = [];
    for (let n = 0; n < 7; n++) seen.push(await take(key));
    expect(seen.map(({ allowed }) => allowed)).toEqual([true, true, true, true, true, false, false]);
    expect(seen.map(({ remaining }) => remaining)).toEqual([4, 3, 2, 1, 0, 0, 0]);
  });

  test('says when the bucket is full again, on the clock of who asks', async () => {
    const key = fresh();
    const [first, second] = [await take(key), await place.store().take(key, 1, HOUR, 1_000_000)];
    const token = HOUR.window / HOUR.requests;
    expect(Math.abs(first.resetAt - now - token)).toBeLessThan(5_000);
    expect(Math.abs(second.resetAt - 1_000_000 - 2 * token)).toBeLessThan(5_000);
  });

  test('what is refused costs nothing', async () => {
    const key = fresh();
    expect((await take(key, 4)).remaining).toBe(1);
    expect(await take(key, 2)).toMatchObject({ allowed: false, remaining: 1 });
    expect(await take(key, 1)).toMatchObject({ allowed: true, remaining: 0 });
  });

  test('takes back what is given back, and never more than it holds', async () => {
    const key = fresh();
    await take(key, 5);
    expect(await take(key, -2)).toMatchObject({ allowed: true, remaining: 2 });
    expect(await take(key, -9)).toMatchObject({ allowed: true, remaining: 5 });
    expect((await take(key, 5)).allowed).toBe(true);
    expect((await take(key)).allowed).toBe(false);
  });

  test('each key has a bucket of its own', async () => {
    const [one, other] = [fresh(), fresh()];
    await take(one, 5);
    expect((await take(other)).remaining).toBe(4);
  });

  test('fills again as time goes on', async () => {
    const key = fresh();
    await take(key, 2, QUICK);
    const asked = Date.now();
    const store = place.store();
    await vi.waitUntil(async () => (await store.take(key, 1, QUICK, Date.now())).allowed, {
      timeout: 10_000,
      interval: 20,
    });
    expect(Date.now() - asked).toBeGreaterThanOrEqual(150);
  });

  test('many who ask at the same time get no more than there is', async () => {
    const key = fresh();
    const all = await Promise.all(Array.from({ length: 60 }, () => take(key)));
    expect(all.filter(({ allowed }) => allowed)).toHaveLength(HOUR.burst);
  });

  test('a limit that changes goes on with what was taken', async () => {
    const key = fresh();
    await take(key, 5);
    const wider = { ...HOUR, burst: 8 };
    expect(await take(key, 3, wider)).toMatchObject({ allowed: true, remaining: 0 });
    expect((await take(key, 1, wider)).allowed).toBe(false);
  });
}
