import { expect, test } from 'vitest';
import { rowOf } from './rows.ts';
import { bundleRow, START_ROW } from './size.ts';
import { judgeSize, type SizeBudget, sizeBudget, withLast } from './size-budget.ts';

const budget: SizeBudget = {
  bundles: { router: { budget: 40, last: 39.1 }, gateway: { budget: 50, last: 49 } },
  lastStart: 55,
};
const rowsOf = (router: number, start = 60) => [
  rowOf('size', bundleRow('router'), [router], 'kB'),
  rowOf('size', bundleRow('gateway'), [49.96], 'kB'),
  rowOf('size', START_ROW, [start], 'ms'),
];

test('a bundle at its budget is within, and the line tells all figures beside the last ones', () => {
  expect(judgeSize(rowsOf(40), budget)).toEqual({
    line: 'router 40.0 kB gzip of 40 kB budget (last 39.1), gateway 50.0 kB gzip of 50 kB budget (last 49), first answer on workerd after 60 ms (last 55)',
    met: true,
  });
});

test('one above it is told and is over', () => {
  const { line, met } = judgeSize(rowsOf(40.001), budget);
  expect(line).toContain('OVER ITS BUDGET');
  expect(met).toBe(false);
});

test('a slow start is no reason to fail, a missing figure is', () => {
  expect(judgeSize(rowsOf(1, 9999), budget).met).toBe(true);
  expect(judgeSize([], budget).met).toBe(false);
});

test('the figures of now become the last ones', () => {
  expect(withLast(rowsOf(38.04), budget).bundles.router).toEqual({ budget: 40, last: 38 });
});

test('the budgets of the checkout can be read', () => expect(sizeBudget().bundles.router.budget).toBeGreaterThan(0));
