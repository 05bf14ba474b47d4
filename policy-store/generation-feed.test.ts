import { expect, test } from 'vitest';
import { GenerationFeed } from './generation-feed.ts';

const MINUTE = 60_000;
const feedAt = (generation: number) => new GenerationFeed(async () => generation, undefined);

test('a new generation wakes everybody who waits', async () => {
  const feed = feedAt(0);
  const waiting = Promise.all([feed.nextWake(MINUTE), feed.nextWake(MINUTE)]);
  feed.learn(1);
  await expect(waiting).resolves.toHaveLength(2);
  expect(feed.newest).toBe(1);
});

test('an older generation is no news', () => {
  const feed = feedAt(0);
  feed.learn(5);
  feed.learn(4);
  expect(feed.newest).toBe(5);
});

test('looking asks the database', async () => {
  const feed = feedAt(7);
  await feed.look();
  expect(feed.newest).toBe(7);
});

test('a database that fails is asked again later', async () => {
  const feed = new GenerationFeed(() => Promise.reject(new Error('down')), 1);
  await expect(feed.look()).resolves.toBeUndefined();
});

test.each([
  ['it closes', (feed: GenerationFeed) => feed.close()],
  ['somebody calls', (feed: GenerationFeed) => feed.wake()],
])('the wait ends when %s', async (_, act) => {
  const feed = feedAt(0);
  const waiting = feed.nextWake(MINUTE);
  act(feed);
  await expect(waiting).resolves.toBeUndefined();
});

test('the wait ends when the request goes away, and does not begin for one that is gone', async () => {
  const feed = feedAt(0);
  const request = new AbortController();
  const waiting = feed.nextWake(MINUTE, request.signal);
  request.abort();
  await waiting;
  await expect(feed.nextWake(MINUTE, request.signal)).resolves.toBeUndefined();
});

test('nothing waits on a closed feed', async () => {
  const feed = feedAt(0);
  feed.close();
  await expect(feed.nextWake(MINUTE)).resolves.toBeUndefined();
});

test('a generation that another store made, and nobody told of, is found by polling', async () => {
  let written = 1;
  const feed = new GenerationFeed(async () => written, 1);
  await feed.look();
  const waiting = feed.nextWake(MINUTE);
  written = 2;
  await waiting;
  expect(feed.newest).toBe(2);
});
