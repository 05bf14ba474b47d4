import { expect, test } from 'vitest';
import { type Handle, HeaderList, type ReplyEnd, type RequestHead } from '../../router/index.ts';
import { type Accept, answer, connectionOf } from './answer.ts';
import { FetchedBody } from './fetch-transport.ts';

interface Seen {
  readonly handle: Handle;
  head: RequestHead | undefined;
  readonly ends: ReplyEnd[];
}

function replying(status: number, body: string | FetchedBody | null): Seen {
  const seen: Seen = {
    head: undefined,
    ends: [],
    handle: async (head) => {
      seen.head = head;
      return { status, headers: HeaderList.from([['x-a', '1']]), body, finish: (end) => void seen.ends.push(end) };
    },
  };
  return seen;
}

const ask = (seen: Seen, request: Request) => answer(request, seen.handle, connectionOf(request, '10.0.0.9'), noSocket);
const noSocket: Accept = () => expect.unreachable();
/** A runtime gives the target as it came; Request of this one would read it. */
const arrived = (url: string, headers: Record<string, string> = {}): Request =>
  Object.defineProperty(new Request('http://x/', { headers }), 'url', { value: url });

test.each([
  ['http://a.mesh/a/../b?c', '/a/../b?c'],
  ['http://a.mesh', ''],
  ['http://A.mesh/x', '/x'],
  ['http://evil.mesh/x', 'http://evil.mesh/x'],
])('of %s with Host a.mesh the target is %j', async (url, target) => {
  const seen = replying(200, null);
  await ask(seen, arrived(url, { host: 'a.mesh' }));
  expect(seen.head).toMatchObject({ target, authority: 'a.mesh', scheme: 'http', method: 'GET' });
});

test('without Host the URL says the authority', async () => {
  const seen = replying(200, null);
  await ask(seen, arrived('https://a.mesh:8443/x'));
  expect(seen.head).toMatchObject({ target: '/x', authority: 'a.mesh:8443', scheme: 'https' });
});

test('the answer is what the reply says, recorded once', async () => {
  const seen = replying(403, 'no');
  const response = await ask(seen, new Request('http://a.mesh/'));
  expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([403, '1', 'no']);
  expect(seen.ends).toEqual([{ outcome: 'complete' }]);
});

test.each([
  ['HEAD', 200],
  ['GET', 204],
  ['GET', 304],
])('%s answered with %i has no body, and the upstream is let go', async (method, status) => {
  let cancelled = false;
  const stream = new ReadableStream({
    cancel: () => {
      cancelled = true;
    },
  });
  const response = await ask(replying(status, new FetchedBody(stream)), new Request('http://a.mesh/', { method }));
  expect(response.body).toBeNull();
  expect(cancelled).toBe(true);
});

test('a client that is gone cancels', async () => {
  const abort = new AbortController();
  let reason: string | undefined;
  const ends: ReplyEnd[] = [];
  const handle: Handle = async (_head, _body, _connection, cancellation) => {
    cancellation.onCancel((why) => {
      reason = why;
    });
    abort.abort();
    return { status: 499, headers: new HeaderList(), body: null, finish: (end) => void ends.push(end) };
  };
  const request = new Request('http://a.mesh/', { signal: abort.signal });
  await answer(request, handle, connectionOf(request, ''), noSocket);
  expect([reason, ends[0]?.outcome]).toEqual(['client_closed', 'client_closed']);
});

test.each([
  ['websocket', ['closely', 'handled', 'stopped']],
  ['h2c', ['handled', 'stopped']],
])('a client that offers %s is watched: %j', async (upgrade, order) => {
  const said: string[] = [];
  const seen = replying(403, 'no');
  const handle: Handle = (...asked) => {
    said.push('handled');
    return seen.handle(...asked);
  };
  const watch = () => ({ closely: () => said.push('closely'), stop: () => said.push('stopped') });
  const request = arrived('http://a.mesh/', { upgrade });
  await answer(request, handle, connectionOf(request, '10.0.0.9'), noSocket, { watch });
  expect(said).toEqual(order);
});
