import { expect, test } from 'vitest';
import { hasLabels, selects } from './labels.ts';

const labels = { tier: 'backend', team: 'shop' };

test.each([
  [{ key: 'tier', operator: 'In', values: ['backend', 'x'] }, true],
  [{ key: 'tier', operator: 'In', values: ['x'] }, false],
  [{ key: 'none', operator: 'In', values: ['x'] }, false],
  [{ key: 'tier', operator: 'NotIn', values: ['x'] }, true],
  [{ key: 'tier', operator: 'NotIn', values: ['backend'] }, false],
  [{ key: 'none', operator: 'NotIn', values: ['x'] }, true],
  [{ key: 'tier', operator: 'Exists' }, true],
  [{ key: 'none', operator: 'Exists' }, false],
  [{ key: 'none', operator: 'DoesNotExist' }, true],
  [{ key: 'tier', operator: 'DoesNotExist' }, false],
] as const)('%j', (expression, expected) => {
  const { values, ...rest } = { values: undefined, ...expression };
  expect(selects({ matchExpressions: [{ ...rest, ...(values && { values: [...values] }) }] }, labels)).toBe(expected);
});

test('matchLabels and expressions must both hold', () => {
  const matchExpressions = [{ key: 'team', operator: 'Exists' as const }];
  expect(selects({ matchLabels: { tier: 'backend' }, matchExpressions }, labels)).toBe(true);
  expect(selects({ matchLabels: { tier: 'front' }, matchExpressions }, labels)).toBe(false);
});

test('names that objects inherit are no labels', () => {
  expect(hasLabels({}, { constructor: 'x' })).toBe(false);
  expect(selects({ matchExpressions: [{ key: 'toString', operator: 'Exists' }] }, {})).toBe(false);
});
