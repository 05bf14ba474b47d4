import { expect, test } from 'vitest';
import { didYouMean, editDistance } from './closest.ts';

test.each([
  ['prot', 'port', 1],
  ['port', 'port', 0],
  ['ports', 'port', 1],
  ['pirt', 'port', 1],
  ['', 'abc', 3],
])('%s is so many edits from %s: %i', (a, b, edits) => {
  expect(editDistance(a, b, 9)).toBe(edits);
});

test.each([
  ['prot', ' (did you mean "port"?)'],
  ['HTTPROUTE', ' (did you mean "HTTPRoute"?)'],
  ['xyz', ''],
  ['x'.repeat(1000), ''],
])('%s is answered with "%s"', (word, answer) => {
  expect(didYouMean(word, ['weight', 'port', 'HTTPRoute'])).toBe(answer);
});
