import { expect, test } from 'vitest';
import { chooseEndpoint } from './endpoint-choice.ts';

const at = (id: string, weight: number) => ({ id, weight, url: 'http://127.0.0.1' });
const ENDPOINTS = [at('none', 0), at('one', 1), at('three', 3)];
const pick = (chance: number, ...tried: string[]) => chooseEndpoint(ENDPOINTS, tried, chance)?.id;

test.each([
  [0, 'one'],
  [0.249, 'one'],
  [0.25, 'three'],
  [0.999, 'three'],
])('at %d the weights give %s', (chance, expected) => {
  expect(pick(chance)).toBe(expected);
});

test('prefers what was not tried, then starts over', () => {
  expect([pick(0, 'one'), pick(0.9, 'three'), pick(0, 'one', 'three')]).toEqual(['three', 'one', 'one']);
});

test('weight 0 gets nothing, not even when all else was tried', () => {
  expect(chooseEndpoint([at('none', 0)], [], 0)).toBeUndefined();
});
