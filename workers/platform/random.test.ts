import { expect, test } from 'vitest';
import { systemRandom } from './random.ts';

test('bytes are as many as asked for, and never the same twice', () => {
  const drawn = Array.from({ length: 1_000 }, () => systemRandom.bytes(16));
  expect(drawn.every(({ length }) => length === 16)).toBe(true);
  expect(new Set(drawn.map(String)).size).toBe(1_000);
});

test('hexadecimal says as many bytes, and never the same twice', () => {
  const drawn = Array.from({ length: 1_000 }, () => systemRandom.hex(16));
  expect(drawn.every((text) => /^[0-9a-f]{32}$/.test(text))).toBe(true);
  expect(new Set(drawn).size).toBe(1_000);
});

test('more than the pool holds is refused', () => {
  expect(() => systemRandom.bytes(4_097)).toThrow(RangeError);
});
