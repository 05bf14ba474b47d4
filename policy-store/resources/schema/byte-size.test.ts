import { expect, test } from 'vitest';
import { byteSize, bytes } from './byte-size.ts';

test.each([
  [0, 0],
  [65_536, 65_536],
  ['100', 100],
  ['64Ki', 65_536],
  ['1Mi', 1_048_576],
  ['64k', 64_000],
  ['1M', 1_000_000],
])('%s is %i bytes', (size, count) => {
  expect(bytes(byteSize.parse(size))).toBe(count);
});

test.each([-1, 1.5, '', '64KB', '1Gi', '1.5Ki', ' 1', '1 Ki'])('%s is no size', (size) => {
  expect(byteSize.safeParse(size).success).toBe(false);
});
