import { expect, test } from 'vitest';
import { headersOf } from './headers-of.ts';

test('every field once, names in lower case, cookies each by itself', () => {
  const headers = new Headers([
    ['X-A', '1'],
    ['x-a', '2'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ]);
  const { flat } = headersOf(headers);
  expect(flat).toEqual(['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-a', '1, 2']);
});
