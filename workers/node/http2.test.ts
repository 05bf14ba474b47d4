import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { openProxy, openUpstream } from './proxy.fake.ts';

const H2C = { appProtocol: 'kubernetes.io/h2c' };

type Serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** A real HTTP/2 server, cleartext with prior knowledge. */
async function openHttp2Upstream(serve: Serve, settings = {}) {
  const server: Http2Server = createServer({ settings });
  const sessions: { destroy(): void }[] = [];
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    serve(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    sessions,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

function dial(url: string): ClientHttp2Session & Disposable {
  const session = connect(url);
  session.on('error', () => undefined);
  return Object.assign(session, { [Symbol.dispose]: () => session.destroy() });
}

interface Answered {
  readonly headers: IncomingHttpHeaders;
  readonly endedByHead: boolean;
  readonly trailers: IncomingHttpHeaders;
  readonly body: string;
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answered> {
  let trailers: IncomingHttpHeaders = {};
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  const [headers, flags] = (await once(stream, 'response')) as [IncomingHttpHeaders, number];
  const endedByHead = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  return { headers, endedByHead, body: await text(stream), trailers };
}

const ask = (session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}, body?: string) =>
  answerOf(
    session.request({ ':path': '/', ':authority': 'a', ...headers }, { endStream: body === undefined }).end(body),
  );

test('HTTP/1.1 and HTTP/2 with prior knowledge come by one port', async () => {
  await using upstream = await openUpstream((request, response) =>
    response.end(`${request.headers.host} ${request.url}`),
  );
  await using proxy = await openProxy(upstream.port);
  using session = dial(proxy.url);
  expect((await ask(session, { ':path': '/x?y=1', ':authority': 'orders.shop.mesh' })).body).toBe(
    'orders.shop.mesh /x?y=1',
  );
  expect(await text((await once(httpRequest(proxy.url).end(), 'response'))[0])).toContain('127.0.0.1');
  expect(proxy.requests.map(({ connection }) => connection.protocol)).toEqual(['h2', 'http/1.1']);
});

test.each([1, 3, 14])('a preface that comes in pieces of %i bytes is known', async (size) => {
  await using upstream = await openUpstream((_, response) => response.end('seen'));
  await using proxy = await openProxy(upstream.port);
  const socket = connectTcp(proxy.port, '127.0.0.1').setNoDelay(true);
  const preface = Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
  ]);
  for (let at = 0; at < preface.length; at += size) {
    socket.write(preface.subarray(at, at + size));
    await new Promise(setImmediate);
  }
  const [frame] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  // SETTINGS of the server.
  expect(frame[3]).toBe(4);
});

test('a body goes up over HTTP/2 and on as HTTP/1.1, and many requests share the connection', async () => {
  await using upstream = await openUpstream((request, response) => request.pipe(response));
  await using proxy = await openProxy(upstream.port);
  using session = dial(proxy.url);
  const bodies = ['one', 'two', 'three'];
  const answers = await Promise.all(bodies.map((body) => ask(session, { ':method': 'POST' }, body)));
  expect(answers.map(({ body }) => body)).toEqual(bodies);
  await vi.waitUntil(() => proxy.ends.length === 3);
  expect(proxy.ends.map(({ outcome, bytesIn }) => [outcome, bytesIn]).sort()).toEqual([
    ['complete', 3],
    ['complete', 3],
    ['complete', 5],
  ]);
});

test.each(['HEAD', 'GET'])('%s over HTTP/2 takes answers without a body', async (method) => {
  await using upstream = await openUpstream((request, response) => {
    response.writeHead(request.url === '/304' ? 304 : 204, { etag: '"x"' }).end();
  });
  await using proxy = await openProxy(upstream.port);
  using session = dial(proxy.url);
  expect((await ask(session, { ':method': method, ':path': '/304' })).headers).toMatchObject({
    ':status': 304,
    etag: '"x"',
  });
  expect((await ask(session, { ':method': method, ':path': '/204' })).headers[':status']).toBe(204);
  await vi.waitUntil(() => proxy.ends.length === 2);
  expect(proxy.ends.map(({ outcome }) => outcome)).toEqual(['complete', 'complete']);
});

test('a port that speaks HTTP/2 is reached over HTTP/2, from both kinds of clients', async () => {
  await using upstream = await openHttp2Upstream((stream, headers) => {
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.end(`${headers[':method']} ${headers[':authority']} ${headers[':path']} ${headers.te}`);
  });
  await using proxy = await openProxy(upstream.port, H2C);
  using session = dial(proxy.url);
  expect((await ask(session)).body).toBe('GET a / trailers');
  const [response] = await once(httpRequest(`${proxy.url}/b`, { headers: { host: 'c' } }).end(), 'response');
  expect(await text(response)).toBe('GET c /b trailers');
  expect(upstream.sessions).toHaveLength(1);
});

test('gRPC: messages go both ways while the call is open, and its status comes in the trailers', async () => {
  await using upstream = await openHttp2Upstream((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'mesh-call': 'x' }));
    stream.pipe(stream);
  });
  await using proxy = await openProxy(upstream.port, H2C);
  using session = dial(proxy.url);
  const stream = session.request({ ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' });
  const answered = once(stream, 'response');
  const trailers = once(stream, 'trailers') as Promise<[IncomingHttpHeaders]>;
  for (const message of ['first', 'second']) {
    stream.write(message);
    await answered;
    expect(String(await once(stream, 'data'))).toBe(message);
  }
  stream.end();
  stream.resume();
  expect(Object.keys((await trailers)[0])).toEqual(['grpc-status']);
});

test('gRPC: an answer that is only a head stays one', async () => {
  await using upstream = await openHttp2Upstream((stream) => {
    stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true });
  });
  await using proxy = await openProxy(upstream.port, H2C);
  using session = dial(proxy.url);
  const answer = await ask(session, { ':method': 'POST' }, 'x');
  expect([answer.headers['grpc-status'], answer.endedByHead]).toEqual(['12', true]);
});

test.each([
  ['trailers', { 'x-sum': '7' }],
  ['', {}],
])('a client of HTTP/1.1 that says TE: %s', async (te, expected) => {
  await using upstream = await openHttp2Upstream((stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }));
    stream.end('body');
  });
  await using proxy = await openProxy(upstream.port, H2C);
  const [response] = (await once(httpRequest(proxy.url, { headers: { te } }).end(), 'response')) as [IncomingMessage];
  expect(await text(response)).toBe('body');
  expect(response.trailers).toEqual(expected);
});

test('a slow client makes an upstream of HTTP/2 wait, and nobody else', async () => {
  let written = 0;
  await using upstream = await openHttp2Upstream((stream, headers) => {
    stream.respond({ ':status': 200 });
    if (headers[':path'] === '/small') return void stream.end('small');
    const more = (): void => {
      while (!stream.destroyed && written < 64 * 1024 * 1024) {
        written += 65_536;
        if (!stream.write(Buffer.alloc(65_536))) return void stream.once('drain', more);
      }
    };
    more();
  });
  await using proxy = await openProxy(upstream.port, H2C);
  using slow = dial(proxy.url);
  using other = dial(proxy.url);
  const stream = slow.request({ ':path': '/large' });
  await once(stream, 'response');
  expect((await ask(other, { ':path': '/small' })).body).toBe('small');
  let before = -1;
  await vi.waitUntil(
    () => {
      const stands = written === before;
      before = written;
      return stands;
    },
    { interval: 100 },
  );
  expect(written).toBeLessThan(4 * 1024 * 1024);
});

test.each([
  ['a refused stream', (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM), 'reset true'],
  ['a reset stream', (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR), 'reset false'],
  ['a lost connection', (stream: ServerHttp2Stream) => stream.session?.socket.destroy(), 'reset false'],
  ['a goodbye that names an earlier stream', (stream: ServerHttp2Stream) => stream.session?.goaway(2, 1), 'reset true'],
])('what %s says of the request', async (_, act, expected) => {
  let nth = 0;
  await using upstream = await openHttp2Upstream((stream) => void (nth++ === 0 ? stream.respond() : act(stream)));
  await using proxy = await openProxy(upstream.port, H2C);
  using session = dial(proxy.url);
  const first = session.request({ ':path': '/' }).on('error', () => undefined);
  await once(first, 'response');
  expect((await ask(session)).headers['x-failure']).toBe(expected);
});

test('a refused connection has processed nothing, and a server of HTTP/1.1 is no server of HTTP/2', async () => {
  const upstream = await openUpstream((_, response) => response.end());
  await using proxy = await openProxy(upstream.port, H2C);
  using session = dial(proxy.url);
  expect((await ask(session)).headers['x-failure']).toBe('connect true');
  await upstream[Symbol.asyncDispose]();
  expect((await ask(session)).headers['x-failure']).toBe('connect true');
});

test('a goodbye without an error lets running streams end and sends the next ones elsewhere', async () => {
  let finish: (() => void) | undefined;
  await using upstream = await openHttp2Upstream((stream, headers) => {
    stream.respond({ ':status': 200 });
    if (headers[':path'] !== '/slow') return void stream.end('next');
    stream.session?.close();
    finish = () => void stream.end('late');
  });
  await using proxy = await openProxy(upstream.port, H2C);
  using session = dial(proxy.url);
  const slow = ask(session, { ':path': '/slow' });
  await vi.waitUntil(() => finish !== undefined);
  expect((await ask(session)).body).toBe('next');
  finish?.();
  expect((await slow).body).toBe('late');
  expect(upstream.sessions).toHaveLength(2);
});

test('more streams than the upstream takes go over more connections', async () => {
  const held: ServerHttp2Stream[] = [];
  await using upstream = await openHttp2Upstream(
    (stream) => {
      stream.respond({ ':status': 200 });
      held.push(stream);
    },
    { maxConcurrentStreams: 2 },
  );
  await using proxy = await openProxy(upstream.port, H2C);
  using session = dial(proxy.url);
  const streams = [1, 2, 3, 4, 5].map(() => session.request({ ':path': '/' }));
  await Promise.all(streams.slice(0, 2).map((stream) => once(stream, 'response')));
  await vi.waitUntil(() => held.length === 5);
  expect(upstream.sessions.length).toBeGreaterThanOrEqual(3);
});

test.each([{}, { 'content-length': '100' }])('an answer that breaks off is a broken stream: %o', async (headers) => {
  await using upstream = await openUpstream((_, response) => {
    response.writeHead(200, headers);
    response.write('half', () => response.destroy());
  });
  await using proxy = await openProxy(upstream.port);
  using session = dial(proxy.url);
  const stream = session.request({ ':path': '/' });
  const failed = new Promise((resolve) => stream.once('error', resolve));
  stream.resume();
  expect(String(await failed)).toMatch(/INTERNAL_ERROR/);
  await vi.waitUntil(() => proxy.ends.length === 1);
  expect(proxy.ends[0]?.outcome).toBe('upstream_reset');
});

/** Starts an upload and resets it. @param code of the RST_STREAM frame, written by hand: node would end the stream first */
async function breakUpload(proxy: Awaited<ReturnType<typeof openProxy>>, code: number): Promise<void> {
  using session = dial(proxy.url);
  const stream = session.request({ ':path': '/', ':method': 'POST' });
  stream.on('error', () => undefined).write('half');
  await vi.waitUntil(() => proxy.requests.length === 1);
  const frame = Buffer.from([0, 0, 4, 3, 0, 0, 0, 0, stream.id as number, 0, 0, 0, code]);
  (session as unknown as Record<symbol, Socket>)[socketOf(session)]?.write(frame);
  await vi.waitUntil(() => proxy.ends.length === 1);
}

const socketOf = (session: object): symbol =>
  Object.getOwnPropertySymbols(session).find(({ description }) => description === 'socket') as symbol;

const CODES = [constants.NGHTTP2_CANCEL, constants.NGHTTP2_NO_ERROR];

test.each(CODES)('an upload that breaks off with code %i never looks whole to HTTP/1.1', async (code) => {
  const whole: boolean[] = [];
  await using upstream = await openUpstream((request) => {
    request.on('error', () => undefined).on('close', () => whole.push(request.complete));
    request.resume();
  });
  await using proxy = await openProxy(upstream.port);
  await breakUpload(proxy, code);
  await vi.waitUntil(() => whole.length === 1);
  expect([whole[0], proxy.ends[0]?.outcome]).toEqual([false, 'client_closed']);
});

test.each(CODES)('an upload that breaks off with code %i never looks whole to HTTP/2', async (code) => {
  const ends: string[] = [];
  await using upstream = await openHttp2Upstream((stream) => {
    stream.on('aborted', () => ends.push(`aborted ${stream.rstCode}`)).on('end', () => ends.push('end'));
    stream.resume();
  });
  await using proxy = await openProxy(upstream.port, H2C);
  await breakUpload(proxy, code);
  await vi.waitUntil(() => ends.length > 0);
  expect(ends[0]).toBe(`aborted ${constants.NGHTTP2_CANCEL}`);
});

test('an answer to an upload that still runs is whole, and the upload is let go', async () => {
  await using upstream = await openUpstream((_, response) => response.writeHead(413).end('too much'));
  await using proxy = await openProxy(upstream.port);
  using session = dial(proxy.url);
  const stream = session.request({ ':path': '/', ':method': 'POST' });
  stream.on('error', () => undefined);
  stream.write('never ends');
  expect((await answerOf(stream)).body).toBe('too much');
});

/** A frame written by hand: what node's own client would not send. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

test('a flood of streams that are reset at once ends the connection', async () => {
  await using upstream = await openUpstream(() => undefined);
  await using proxy = await openProxy(upstream.port);
  const socket = connectTcp(proxy.port, '127.0.0.1').on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0, Buffer.alloc(0))]));
  // GET http / with the authority a, from the static table of HPACK; then CANCEL.
  const request = Buffer.from([0x82, 0x86, 0x84, 0x41, 0x01, 0x61]);
  const pair = (id: number) => [frame(1, 5, id, request), frame(3, 0, id, Buffer.from([0, 0, 0, 8]))];
  for (let n = 0; n < 10_000 && socket.writable; n++) {
    socket.write(Buffer.concat(pair(2 * n + 1)));
    if (n % 100 === 0) await new Promise(setImmediate);
  }
  socket.resume();
  await closed;
  expect(proxy.requests.length).toBeLessThan(5_000);
});

test.each([
  ['too long headers', { 'x-a': 'b'.repeat(100_000) }],
  ['too many headers', Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`x-${n}`, '1']))],
])('%s are refused, and nothing of it reaches the upstream', async (_, headers) => {
  await using upstream = await openUpstream((_request, response) => response.end());
  await using proxy = await openProxy(upstream.port);
  using session = dial(proxy.url);
  await expect(ask(session, headers)).rejects.toThrow();
  expect(proxy.requests).toHaveLength(0);
});

test.each(['GET', 'POST'])('a client whose connection is gone ends its %s at the upstream', async (method) => {
  const { promise: seen, resolve: see } = Promise.withResolvers<void>();
  const { promise: gone, resolve: end } = Promise.withResolvers<void>();
  await using upstream = await openUpstream((request) => {
    request.on('error', () => undefined).socket.once('close', end);
    see();
  });
  await using proxy = await openProxy(upstream.port);
  using session = dial(proxy.url);
  const stream = session.request({ ':method': method, ':path': '/', ':authority': 'a' }, { endStream: false });
  stream.on('error', () => undefined).write('a part');
  await seen;
  session.socket.destroy();
  await gone;
  expect(proxy.cancellation?.reason).toBe('client_closed');
});

test('draining lets a running stream end and takes no other', async () => {
  let answer: (() => void) | undefined;
  await using upstream = await openUpstream((_, response) => {
    answer = () => response.end('late');
  });
  await using proxy = await openProxy(upstream.port);
  using session = dial(proxy.url);
  const goodbye = once(session, 'goaway');
  const running = ask(session);
  await vi.waitUntil(() => answer !== undefined);
  const drained = proxy.listener.drain(5_000);
  await goodbye;
  answer?.();
  expect((await running).body).toBe('late');
  await drained;
});

test('who keeps a connection is told to go, and another one is still served until the socket closes', async () => {
  await using upstream = await openUpstream((_, response) => response.end('served'));
  await using proxy = await openProxy(upstream.port);
  using first = dial(proxy.url);
  expect((await ask(first)).body).toBe('served');
  const [told, closed] = [once(first, 'goaway'), once(first, 'close')];
  proxy.listener.leave();
  await Promise.all([told, closed]);
  using second = dial(proxy.url);
  expect((await ask(second)).body).toBe('served');
  const goodbye = once(second, 'goaway');
  expect(await proxy.listener.drain(60_000)).toBe(0);
  await goodbye;
});

test('a stream that comes behind the farewell is told to be unprocessed', async () => {
  let answer: (() => void) | undefined;
  await using upstream = await openUpstream((_, response) => {
    answer = () => response.end('late');
  });
  await using proxy = await openProxy(upstream.port);
  using session = dial(proxy.url);
  const running = ask(session);
  await vi.waitUntil(() => answer !== undefined);
  const drained = proxy.listener.drain(60_000);
  const late = session.request({ ':path': '/late' });
  await once(late, 'error').catch(() => undefined);
  expect(late.rstCode).toBe(constants.NGHTTP2_REFUSED_STREAM);
  answer?.();
  expect((await running).body).toBe('late');
  expect(await drained).toBe(0);
  expect(proxy.requests).toHaveLength(1);
});
