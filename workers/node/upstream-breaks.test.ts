import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openProxy, openUpstream } from './proxy.fake.ts';

/** A service that says these bytes. @param then what it does with the connection once they are on their way */
const saying = (bytes: string, then: (socket: Socket) => void = () => undefined) =>
  openUpstream(({ socket }) => socket.write(bytes, () => then(socket)));

const get = async (url: string): Promise<IncomingMessage> => {
  const request = httpRequest(url).end();
  // What breaks behind the head is told to the reader of the body.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
};

const UNTIL_CLOSE = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n';

test('a body that ends with its connection is broken when the connection is reset', async () => {
  await using upstream = await saying(`${UNTIL_CLOSE}half`, (socket) => setImmediate(() => socket.resetAndDestroy()));
  await using proxy = await openProxy(upstream.port);
  await expect(get(proxy.url).then(buffer)).rejects.toThrow();
});

test('and whole when it is closed', async () => {
  await using upstream = await saying(`${UNTIL_CLOSE}whole`, (socket) => socket.end());
  await using proxy = await openProxy(upstream.port);
  expect(String(await buffer(await get(proxy.url)))).toBe('whole');
});

test('a client of HTTP/1.0, whose bodies end with the connection, sees a reset', async () => {
  await using upstream = await saying('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', (socket) =>
    setTimeout(() => socket.destroy(), 20),
  );
  await using proxy = await openProxy(upstream.port);
  const client = connect(proxy.port, '127.0.0.1');
  client.write('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
  await expect(buffer(client)).rejects.toThrow('ECONNRESET');
});

const HINT = 'HTTP/1.1 103 Early Hints\r\n\r\n';
const WHOLE = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole';

test.each([
  [64, 200],
  [65, 502],
])('an answer behind %i interim ones is %i', async (interim, status) => {
  await using upstream = await saying(HINT.repeat(interim) + WHOLE);
  await using proxy = await openProxy(upstream.port);
  expect((await get(proxy.url)).statusCode).toBe(status);
});

test('a status that no answer has is none', async () => {
  await using upstream = await saying('HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n');
  await using proxy = await openProxy(upstream.port);
  expect((await get(proxy.url)).statusCode).toBe(502);
});
