import { array, assert, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { RingCounter } from './ring-counter.ts';

test('it counts what lies in the window, exactly to a tenth of it', () => {
  const step = record({ wait: integer({ min: 0, max: 400 }), count: integer({ min: 1, max: 5 }) });
  assert(
    property(array(step, { maxLength: 100 }), (steps) => {
      const counter = new RingCounter(1000);
      const all: { at: number; count: number }[] = [];
      let now = 0;
      for (const { wait, count } of steps) {
        now += wait;
        counter.add(now, count);
        all.push({ at: now, count });
        const since = (Math.floor(now / 100) - 9) * 100;
        expect(counter.sum(now)).toBe(all.reduce((sum, one) => sum + (one.at >= since ? one.count : 0), 0));
      }
    }),
  );
});

test('a clock that runs back loses nothing', () => {
  const counter = new RingCounter(1000);
  counter.add(5000);
  counter.add(100);
  expect([counter.sum(5000), counter.sum(5999), counter.sum(6000)]).toEqual([2, 2, 0]);
});
