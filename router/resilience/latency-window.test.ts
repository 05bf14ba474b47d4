import { expect, test } from 'vitest';
import { LatencyWindow } from './latency-window.ts';

function filled(...times: number[]): LatencyWindow {
  const window = new LatencyWindow();
  for (const time of times) window.add(time);
  return window;
}
const upTo = (count: number, from = 1): number[] => Array.from({ length: count }, (_, i) => from + i);

test('too few answers say nothing of the slow ones', () => {
  expect([filled(...upTo(31)).p95, filled(...upTo(32)).p95]).toEqual([undefined, 31]);
});

test('19 of 20 are as fast, exactly', () => {
  expect(filled(...upTo(256)).p95).toBe(244);
});

test('only the last 256 count', () => {
  expect(filled(...upTo(256), ...upTo(256, 1001)).p95).toBe(1244);
});
