import { expect, test } from 'vitest';
import { LimitCounts } from './limit-counts.ts';

test('limits over the bound are counted together, those that are known go on', () => {
  const counts = new LimitCounts(2);
  for (const limit of ['a', 'b', 'c', 'd', 'a']) counts.add({ limit, outcome: 'refused', requests: 1 });
  expect(counts.all().map(({ limit, requests }) => `${limit} ${requests}`)).toEqual(['a 2', 'b 1', 'overflow 2']);
});

test('what was taken is gone', () => {
  const counts = new LimitCounts();
  counts.add({ limit: 'a', outcome: 'shadow', requests: 3 });
  expect(counts.drain()).toEqual([{ limit: 'a', outcome: 'shadow', requests: 3 }]);
  expect(counts.drain()).toEqual([]);
});
