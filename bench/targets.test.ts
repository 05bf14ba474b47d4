import { expect, test } from 'vitest';
import { type Row, rowOf } from './rows.ts';
import { judge } from './targets.ts';

/** Section, name, a value that is enough, and one that is not. */
const MEASURED: readonly (readonly [Row['section'], string, number, number])[] = [
  ['ratios', 'gossamer on node / bare node', 0.9, 0.89],
  ['ratios', 'gossamer on node / reply-from', 1.6, 1.59],
  ['ratios', 'gossamer on bun / bare bun', 0.85, 0.84],
  ['ratios', 'gossamer on deno / bare deno', 0.85, 0.84],
  ['ratios', 'gossamer on workerd / bare workerd', 0.9, 0.89],
  ['ratios', 'gossamer on node / envoy', 1, 0.99],
  ['latency', 'p99 added by gossamer on node', 0.3, 0.31],
  ['pipeline', 'up to forward, 1,000 routes', 10, 10.1],
  ['size', 'router bundle, gzip', 40, 40.1],
  ['scale', 'bytes for one changed route', 20, 20.1],
  ['propagation', 'push, p99', 150, 151],
  ['scale', 'router memory over an empty one', 60, 61],
];

test.each(MEASURED.map((one, n) => [n, ...one] as const))('target %i: %s, %s', (n, section, name, enough, not) => {
  const at = (value: number) => judge([rowOf(section, name, [value], '')])[n];
  expect(at(enough)).toMatchObject({ value: enough, met: true });
  expect(at(not)).toMatchObject({ value: not, met: false });
});

test('there is a target for each, and what was not measured is null and not met', () => {
  const targets = judge([]);
  expect(targets).toHaveLength(MEASURED.length);
  for (const target of targets) expect(target).toMatchObject({ value: null, met: false });
});

test('what is no number is neither met nor a value', () => {
  expect(judge([rowOf('propagation', 'push, p99', [], 'ms')])[10]).toMatchObject({ value: null, met: false });
});
