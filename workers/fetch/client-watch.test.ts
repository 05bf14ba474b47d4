import { expect, test } from 'vitest';
import { FakeClock } from '../../router/ports.fake.ts';
import { LateWatch } from './client-watch.ts';

/** A request whose client can go, and that tells whether it was asked for its signal. */
function given() {
  const client = new AbortController();
  const seen = { asked: 0, gone: 0 };
  const request = Object.defineProperty(new Request('http://a/'), 'signal', {
    get: () => {
      seen.asked++;
      return client.signal;
    },
  });
  const clock = new FakeClock();
  const watch = new LateWatch(clock).watch(request, () => seen.gone++);
  return { client, seen, clock, watch };
}

test('a quick request is never asked for its signal', () => {
  const { seen, clock, watch } = given();
  clock.next();
  watch.stop();
  clock.next();
  expect(seen.asked).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});

test('of one that takes its time it is known when the client goes', () => {
  const { client, seen, clock } = given();
  clock.next();
  clock.next();
  client.abort();
  expect(seen.gone).toBe(1);
});

test('and that it went before', () => {
  const { client, seen, clock } = given();
  client.abort();
  clock.next();
  expect(seen.gone).toBe(0);
  clock.next();
  expect(seen.gone).toBe(1);
});

test('closely means now, and stopped means no more', () => {
  const { client, seen, watch } = given();
  watch.closely();
  watch.stop();
  client.abort();
  expect(seen).toMatchObject({ gone: 0 });
  const other = given();
  other.watch.closely();
  other.client.abort();
  expect(other.seen.gone).toBe(1);
});
