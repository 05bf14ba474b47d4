import { expect, test } from 'vitest';
import { InFlight, type UnderWay } from './in-flight.ts';

interface Named extends UnderWay {
  readonly name: number;
}

const item = (name: number): Named => ({ name });

test('what came and has not gone is there, in whatever order they go', () => {
  const all = [0, 1, 2, 3, 4, 5].map(item);
  const list = new InFlight<Named>();
  for (const one of all) list.add(one);
  for (const one of all.filter(({ name }) => [0, 5, 2].includes(name))) list.delete(one);
  expect(
    list
      .list()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([1, 3, 4]);
});

test('to take away twice, or what never came, takes nothing else', () => {
  const [first, second, stranger] = [item(1), item(2), item(3)];
  const list = new InFlight<UnderWay>();
  list.add(first);
  list.add(second);
  for (const item of [first, first, stranger, { place: 0 }]) list.delete(item);
  expect(list.list()).toEqual([second]);
});

test('it can come again', () => {
  const one = item(1);
  const list = new InFlight<UnderWay>();
  list.add(one);
  list.delete(one);
  list.add(one);
  expect([list.size, one.place]).toEqual([1, 0]);
});
