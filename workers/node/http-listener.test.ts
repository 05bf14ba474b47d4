import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { openProxy, openUpstream } from './proxy.fake.ts';

/** Sends raw bytes, answers with all that came back until the server closed. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes, 'latin1');
  return text(socket);
}

async function send(url: string, options: { method?: string; body?: Buffer; headers?: Record<string, string> } = {}) {
  const { body, ...rest } = options;
  const request = httpRequest(url, rest).end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

test('method, target, headers and body arrive as they were sent', async () => {
  const seen: unknown[] = [];
  await using upstream = await openUpstream(async (request, response) => {
    seen.push(request.method, request.url, request.headers.host, request.headers['x-a'], await text(request));
    response.setHeader('X-Twice', ['1', '2']).end('done');
  });
  await using proxy = await openProxy(upstream.port);
  const response = await send(`${proxy.url}/a/%C3%A9?q=%20`, {
    method: 'PUT',
    body: Buffer.from('body'),
    headers: { host: 'orders.shop.mesh', 'X-A': 'b' },
  });
  expect(await text(response)).toBe('done');
  expect(seen).toEqual(['PUT', '/a/%C3%A9?q=%20', 'orders.shop.mesh', 'b', 'body']);
  expect(response.rawHeaders.filter((name) => name === 'x-twice')).toHaveLength(2);
});

test('a kept body is sent from memory', async () => {
  await using upstream = await openUpstream((request, response) => request.pipe(response));
  await using proxy = await openProxy(upstream.port, { bufferUpTo: 100 });
  expect(await text(await send(proxy.url, { method: 'POST', body: Buffer.from('kept') }))).toBe('kept');
});

test('bytes of a compressed answer stay untouched', async () => {
  const zipped = gzipSync('hello '.repeat(1000));
  await using upstream = await openUpstream((_, response) =>
    response.setHeader('content-encoding', 'gzip').end(zipped),
  );
  await using proxy = await openProxy(upstream.port);
  const response = await send(proxy.url);
  expect(response.headers['content-encoding']).toBe('gzip');
  expect((await buffer(response)).equals(zipped)).toBe(true);
});

test('a chunk is seen before the answer ends, and goes up while it comes down', async () => {
  await using upstream = await openUpstream((request, response) => request.pipe(response));
  await using proxy = await openProxy(upstream.port);
  const request = httpRequest(proxy.url, { method: 'POST' });
  request.write('one');
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(String(await once(response, 'data'))).toBe('one');
  request.end('two');
  expect(await text(response)).toBe('two');
});

test('a large answer waits for a slow client', async () => {
  const size = 64 * 1024 * 1024;
  let written = 0;
  await using upstream = await openUpstream((_, response) => {
    const chunk = Buffer.alloc(256 * 1024);
    const more = (): void => {
      while (written < size) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  await using proxy = await openProxy(upstream.port);
  const response = await send(proxy.url);
  response.pause();
  let before = -1;
  const stands = (): boolean => {
    const same = written === before;
    before = written;
    return same;
  };
  await vi.waitUntil(stands, { interval: 200, timeout: 10_000 });
  expect(written).toBeLessThan(size);
  expect((await buffer(response)).length).toBe(size);
});

test.each(['HEAD', 'GET'])('%s answers 304 and 204 without a body, and the connection lives on', async (method) => {
  await using upstream = await openUpstream((request, response) => {
    response.writeHead(request.url === '/304' ? 304 : 204, { etag: '"x"' }).end();
  });
  await using proxy = await openProxy(upstream.port);
  expect((await send(`${proxy.url}/304`, { method })).statusCode).toBe(304);
  expect((await send(`${proxy.url}/204`, { method })).statusCode).toBe(204);
});

test('HEAD keeps the length of the body that it does not have', async () => {
  await using upstream = await openUpstream((_, response) => response.setHeader('content-length', 12).end());
  await using proxy = await openProxy(upstream.port);
  const response = await send(proxy.url, { method: 'HEAD' });
  expect(response.headers['content-length']).toBe('12');
});

test('a client that goes away cancels the try', async () => {
  let closed: Promise<unknown> | undefined;
  await using upstream = await openUpstream((request) => {
    closed = new Promise((resolve) => request.socket.once('close', resolve));
  });
  await using proxy = await openProxy(upstream.port);
  const request = httpRequest(proxy.url).on('error', () => undefined);
  request.end();
  await vi.waitUntil(() => closed !== undefined);
  request.destroy();
  await closed;
  await vi.waitUntil(() => proxy.ends.length === 1);
  expect(proxy.ends[0]?.outcome).toBe('client_closed');
});

test('an answer that breaks off is broken for the client too', async () => {
  await using upstream = await openUpstream((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  await using proxy = await openProxy(upstream.port);
  const response = await send(proxy.url);
  await expect(text(response)).rejects.toThrow();
  await vi.waitUntil(() => proxy.ends.length === 1);
  expect(proxy.ends[0]?.outcome).toBe('upstream_reset');
});

test('what a refused connection and a reset say of the request', async () => {
  await using upstream = await openUpstream((request) => request.socket.destroy());
  await using proxy = await openProxy(upstream.port);
  expect((await send(proxy.url)).headers['x-failure']).toBe('reset false');
  await upstream[Symbol.asyncDispose]();
  expect((await send(proxy.url)).headers['x-failure']).toBe('connect true');
});

test('trailers and headers of the connection go no further', async () => {
  await using upstream = await openUpstream(async (request, response) => {
    await text(request);
    response.setHeader('connection', 'x-hop').setHeader('x-hop', '1').setHeader('keep-alive', 'timeout=9');
    response.end(JSON.stringify({ headers: request.headers, trailers: request.trailers }));
  });
  await using proxy = await openProxy(upstream.port);
  const response = await raw(
    proxy.port,
    'POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '2\r\nhi\r\n0\r\nWorkload-Identity-Token: x\r\n\r\n',
  );
  expect(response).not.toMatch(/x-hop|timeout=9/i);
  expect(response).toContain('"trailers":{}');
  expect(response).not.toMatch(/workload-identity-token|"te":/i);
});

test.each([
  [
    'both lengths',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd', 400],
  ['a signed length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc', 400],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n', 400],
  ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
  ['NUL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n', 400],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  [
    'an upgrade to something else',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\nGET / HTTP/1.1\r\n',
    501,
  ],
  [
    'a WebSocket with something behind its request',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nGET / HTTP/1.1\r\n',
    400,
  ],
  [
    'a WebSocket with a body',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi',
    400,
  ],
  ['a WebSocket by POST', 'POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n', 400],
  ['half of a preface', 'PRI * HTTP/2.1\r\n\r\n', 400],
  ['too many header bytes', `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'b'.repeat(40_000)}\r\n\r\n`, 431],
])('%s is refused, and nothing of it reaches the upstream', async (_, bytes, status) => {
  let reached = 0;
  await using upstream = await openUpstream((_request, response) => {
    reached++;
    response.end();
  });
  await using proxy = await openProxy(upstream.port);
  expect(await raw(proxy.port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(reached).toBe(0);
});

test('an h2c offer is ignored', async () => {
  await using upstream = await openUpstream((_, response) => response.end('plain'));
  await using proxy = await openProxy(upstream.port);
  const bytes = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n';
  expect(await raw(proxy.port, bytes)).toMatch(/^HTTP\/1.1 200 .*plain$/s);
});

test('100 Continue is said only once the body is wanted', async () => {
  await using upstream = await openUpstream((request, response) => request.pipe(response));
  await using proxy = await openProxy(upstream.port);
  const request = httpRequest(proxy.url, {
    method: 'POST',
    headers: { expect: '100-continue', 'content-length': '2' },
  });
  request.flushHeaders();
  await once(request, 'continue');
  request.end('ok');
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(await text(response)).toBe('ok');
});

test('draining lets a running request end', async () => {
  let answer: (() => void) | undefined;
  await using upstream = await openUpstream((_, response) => {
    answer = () => response.end('late');
  });
  await using proxy = await openProxy(upstream.port);
  const response = send(proxy.url);
  await vi.waitUntil(() => answer !== undefined);
  const drained = proxy.listener.drain(5_000);
  answer?.();
  expect(await text(await response)).toBe('late');
  expect((await response).headers.connection).toBe('close');
  await drained;
});

test('who keeps a connection is told, served once more, and closed', async () => {
  await using upstream = await openUpstream((_, response) => response.end('served'));
  await using proxy = await openProxy(upstream.port);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (): Promise<IncomingMessage> => {
    const [response] = (await once(httpRequest(proxy.url, { agent }).end(), 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('served');
    return response;
  };
  expect((await ask()).headers.connection).toBe('keep-alive');
  proxy.listener.leave();
  expect((await ask()).headers.connection).toBe('close');
  // The next one is on a new connection, which is still taken.
  expect((await ask()).headers.connection).toBe('close');
  await proxy.listener.drain(60_000);
  await expect(ask()).rejects.toThrow('ECONNREFUSED');
});

test('a request that was on its way on a kept connection when the socket closed is answered', async () => {
  await using upstream = await openUpstream((_, response) => response.end('served'));
  await using proxy = await openProxy(upstream.port);
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'data');
  const silent = connect(proxy.port, '127.0.0.1');
  await once(silent, 'connect');
  await send(proxy.url);
  const drained = proxy.listener.drain(60_000);
  for (const one of [socket, silent]) one.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  for (const one of [socket, silent]) expect(await text(one)).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*served/is);
  expect(await drained).toBe(0);
});

test('connections without a request are closed soon, whatever they have said', async () => {
  await using upstream = await openUpstream((_, response) => response.end('served'));
  await using proxy = await openProxy(upstream.port);
  const sockets = ['', 'GET / HTTP/1.1\r\nHo', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'].map((bytes) => {
    const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    socket.write(bytes);
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  await send(proxy.url);
  expect(await proxy.listener.drain(60_000)).toBe(0);
  await Promise.all(sockets.map((socket) => text(socket).catch(() => undefined)));
});

test('what still runs at the limit is cut, counted and recorded', async () => {
  await using upstream = await openUpstream((_, response) => response.writeHead(200).write('first'));
  await using proxy = await openProxy(upstream.port);
  const response = await send(proxy.url);
  await once(response, 'data');
  expect(await proxy.listener.drain(300)).toBe(1);
  await expect(text(response)).rejects.toThrow();
  expect(proxy.ends.map(({ outcome }) => outcome)).toEqual(['client_closed']);
});

test.runIf(process.platform === 'linux')(
  'a client that vanishes is asked for, also while it waits for an answer',
  async () => {
    await using upstream = await openUpstream(() => undefined);
    await using proxy = await openProxy(upstream.port);
    httpRequest(proxy.url)
      .on('error', () => undefined)
      .end();
    await vi.waitUntil(() => proxy.requests.length === 1);
    const port = proxy.port.toString(16).toUpperCase().padStart(4, '0');
    const accepted = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .filter((line) => new RegExp(`^ *\\d+: \\w+:${port} \\w+:\\w+ 01 `).test(line));
    // Timer 2 is the one of keep-alive (proc_net_tcp.rst of Linux).
    expect(accepted.map((line) => / 02:\w+ /.test(line))).toEqual([true]);
  },
);

test.each(['GET / HTTP/1.1\r\nHo', 'GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n'])(
  'a head that does not come to its end (%j) is answered 408, and the connection closed',
  async (part) => {
    await using upstream = await openUpstream((_, response) => response.end());
    await using proxy = await openProxy(upstream.port, { headTime: 60 });
    expect(await raw(proxy.port, part)).toMatch(/^HTTP\/1\.1 408 .*request_invalid/s);
    expect(proxy.requests).toEqual([]);
  },
);
