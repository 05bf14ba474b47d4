import { expect, test } from 'vitest';
import type { ReplyEnd } from '../../router/index.ts';
import { Bridge, MOST_BUFFERED, type SocketEnd } from './bridge.ts';

/** An end that keeps what it was told. */
function endOf(buffered = 0): SocketEnd & { readonly told: unknown[] } {
  const told: unknown[] = [];
  return {
    told,
    send: (message) => void told.push(message),
    close: (code, reason) => void told.push([code, reason]),
    buffered: () => buffered,
  };
}

function joined(client = endOf(), upstream = endOf()) {
  const bridge = new Bridge(upstream);
  const ends: ReplyEnd[] = [];
  bridge.join(client, (end) => void ends.push(end));
  return { bridge, client, upstream, ends };
}

test('each end hears what the other says, and that it closed and why', () => {
  const { bridge, client, upstream, ends } = joined();
  bridge.fromUpstream('welcome');
  bridge.fromClient('hello');
  bridge.clientClosed(4001, 'enough');
  bridge.upstreamClosed(4001, '');
  expect([client.told, upstream.told]).toEqual([['welcome'], ['hello', [4001, 'enough']]]);
  expect(ends).toEqual([{ outcome: 'complete' }]);
});

test('what a service says before the client is there waits, its last word too', () => {
  const [client, upstream] = [endOf(), endOf()];
  const bridge = new Bridge(upstream);
  const ends: ReplyEnd[] = [];
  bridge.fromUpstream('welcome');
  bridge.upstreamClosed(1000, 'bye');
  bridge.join(client, (end) => void ends.push(end));
  expect(client.told).toEqual(['welcome', [1000, 'bye']]);
  expect(ends).toEqual([{ outcome: 'complete' }]);
});

test('a service that says too much before the client is there is let go', () => {
  const upstream = endOf();
  const bridge = new Bridge(upstream);
  for (let n = 0; n < 65; n++) bridge.fromUpstream('x');
  expect(upstream.told).toEqual([[1006, '']]);
});

test.each(['client', 'upstream'] as const)('a %s that does not keep up ends both', (slow) => {
  const { bridge, client, upstream, ends } = joined(
    endOf(slow === 'client' ? MOST_BUFFERED + 1 : 0),
    endOf(slow === 'upstream' ? MOST_BUFFERED + 1 : 0),
  );
  if (slow === 'client') bridge.fromUpstream('x');
  else bridge.fromClient('x');
  const closed = [1013, 'the other end does not keep up'];
  expect([client.told.at(-1), upstream.told.at(-1), ends.length]).toEqual([closed, closed, 1]);
});

test.each([
  ['clientClosed', 'client_closed'],
  ['upstreamClosed', 'upstream_reset'],
] as const)('%s without a close frame is told as such', (who, outcome) => {
  const { bridge, ends } = joined();
  bridge[who](1006, '');
  expect(ends).toEqual([{ outcome }]);
});

test('a program that stops says so to both ends, to one that comes late too', () => {
  const { bridge, client, upstream, ends } = joined();
  bridge.leave();
  bridge.fromUpstream('more');
  bridge.clientClosed(1001, '');
  expect([client.told, upstream.told]).toEqual([[[1001, '']], [[1001, '']]]);
  expect(ends).toEqual([{ outcome: 'complete' }]);
  const late = endOf();
  const unjoined = new Bridge(endOf());
  unjoined.leave();
  unjoined.join(late, () => undefined);
  expect(late.told).toEqual([[1001, '']]);
});
