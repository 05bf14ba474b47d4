import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { openProxy, openUpstream } from './proxy.fake.ts';

const OFFER =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: k\r\n\r\n';
const ACCEPT =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s\r\n\r\n';

/** A server that takes every offer and leaves the socket to `serve`. */
async function openAccepting(serve: (socket: Duplex, request: IncomingMessage) => void, accept = ACCEPT) {
  const sockets: Duplex[] = [];
  const server = createServer().on('upgrade', (request, socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(accept);
    serve(socket, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Offers, and reads to the end of the head of the answer. */
async function offer(port: number, bytes = OFFER): Promise<{ socket: Socket; head: string }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
  socket.write(bytes);
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) await once(socket, 'readable');
    else head += chunk.toString('latin1');
  }
  const rest = head.slice(head.indexOf('\r\n\r\n') + 4);
  if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'));
  return { socket, head: head.slice(0, -rest.length || undefined) };
}

const isClosed = (socket: Duplex): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));

test('an accepted offer becomes a socket that carries both ways', async () => {
  let offered: IncomingMessage | undefined;
  await using upstream = await openAccepting((socket, request) => {
    offered = request;
    socket.pipe(socket);
  });
  await using proxy = await openProxy(upstream.port);
  const { socket, head } = await offer(proxy.port);
  expect(head).toMatch(/^HTTP\/1.1 101 .*sec-websocket-accept: s\r\n.*upgrade: websocket\r\n/is);
  expect(offered?.headers).toMatchObject({ upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-key': 'k' });
  for (const word of ['one', 'two']) {
    socket.write(word);
    expect(String(await once(socket, 'data'))).toBe(word);
  }
  socket.end();
  await isClosed(socket);
  await vi.waitUntil(() => proxy.ends.length === 1);
  expect(proxy.ends).toEqual([{ outcome: 'complete', bytesIn: 6, bytesOut: 6 }]);
});

test('what the upstream says right behind its head arrives', async () => {
  await using upstream = await openAccepting((socket) => socket.end('at once'), `${ACCEPT}first;`);
  await using proxy = await openProxy(upstream.port);
  const { socket } = await offer(proxy.port);
  expect(await text(socket)).toBe('first;at once');
  socket.end();
});

test('a refused offer is answered as any request is, and the socket is closed', async () => {
  await using upstream = await openUpstream((_, response) =>
    response.writeHead(426, { 'x-why': 'no' }).end('not here'),
  );
  await using proxy = await openProxy(upstream.port);
  const { socket, head } = await offer(proxy.port);
  expect(head).toMatch(/^HTTP\/1.1 426 .*x-why: no/is);
  expect(await text(socket)).toContain('not here');
  socket.end();
  await vi.waitUntil(() => proxy.ends.length === 1);
  expect(proxy.ends[0]).toMatchObject({ outcome: 'complete', bytesOut: 8 });
});

test('an upstream that is away is answered too', async () => {
  const upstream = await openUpstream(() => undefined);
  await upstream[Symbol.asyncDispose]();
  await using proxy = await openProxy(upstream.port);
  const { socket, head } = await offer(proxy.port);
  expect(head).toMatch(/^HTTP\/1.1 502 .*x-failure: connect true/is);
  socket.destroy();
});

test('a switch to something else than was asked for is none', async () => {
  await using upstream = await openAccepting(() => undefined, ACCEPT.replace('Upgrade: websocket', 'Upgrade: other'));
  await using proxy = await openProxy(upstream.port);
  const { socket, head } = await offer(proxy.port);
  expect(head).toMatch(/^HTTP\/1.1 502 .*x-failure: reset false/is);
  socket.destroy();
});

test('a port that speaks HTTP/2 only takes no offer', async () => {
  await using upstream = await openUpstream(() => undefined);
  await using proxy = await openProxy(upstream.port, { appProtocol: 'kubernetes.io/h2c' });
  const { socket, head } = await offer(proxy.port);
  expect(head).toMatch(/^HTTP\/1.1 502 .*x-failure: connect true/is);
  socket.destroy();
});

test.each([
  ['client', 'client_closed'],
  ['upstream', 'upstream_reset'],
] as const)('a %s that breaks off takes the other end with it', async (end, outcome) => {
  let far: Duplex | undefined;
  await using upstream = await openAccepting((socket) => {
    far = socket;
  });
  await using proxy = await openProxy(upstream.port);
  const { socket } = await offer(proxy.port);
  await vi.waitUntil(() => far !== undefined);
  const [near, other] = end === 'client' ? [socket, far as Socket] : [far as Socket, socket];
  const closed = isClosed(other);
  other.resume();
  (near as Socket).resetAndDestroy();
  await closed;
  await vi.waitUntil(() => proxy.ends.length === 1);
  expect(proxy.ends[0]?.outcome).toBe(outcome);
});

test('a client that goes away before the answer cancels the try', async () => {
  let reached: Promise<unknown> | undefined;
  await using upstream = await openUpstream(() => undefined);
  upstream.server.on('upgrade', (_request, socket) => {
    reached = once(socket.on('error', () => undefined).resume(), 'end');
  });
  await using proxy = await openProxy(upstream.port);
  const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  socket.write(OFFER);
  await vi.waitUntil(() => reached !== undefined);
  socket.destroy();
  await reached;
  await vi.waitUntil(() => proxy.ends.length === 1);
  expect(proxy.ends[0]?.outcome).toBe('client_closed');
});

test('who speaks before the answer is cut off', async () => {
  let reached = false;
  await using upstream = await openUpstream(() => undefined);
  upstream.server.on('upgrade', () => {
    reached = true;
  });
  await using proxy = await openProxy(upstream.port);
  const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  const closed = isClosed(socket.resume());
  socket.write(OFFER);
  await vi.waitUntil(() => reached);
  socket.write('GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n');
  await closed;
  expect(proxy.requests.map(({ head }) => head.target)).toEqual(['/chat']);
});

test('an offer behind a request that is not answered yet is refused', async () => {
  await using upstream = await openUpstream(() => undefined);
  await using proxy = await openProxy(upstream.port);
  const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  socket.write(`GET /first HTTP/1.1\r\nHost: a\r\n\r\n${OFFER}`);
  expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
  expect(proxy.requests.map(({ head }) => head.target)).toEqual(['/first']);
});

test('the faster end waits for the slower one', async () => {
  let written = 0;
  await using upstream = await openAccepting((socket) => {
    const flood = new Readable({
      read() {
        written += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    flood.pipe(socket);
  });
  await using proxy = await openProxy(upstream.port);
  const { socket } = await offer(proxy.port);
  socket.pause();
  let before = -1;
  await vi.waitUntil(
    () => {
      const stands = written === before;
      before = written;
      return stands;
    },
    { interval: 200, timeout: 10_000 },
  );
  expect(written).toBeLessThan(64 * 1024 * 1024);
  socket.destroy();
});

const GOING_AWAY = '880203e9';

/** Without the mask of a close frame of a client. */
const unmasked = (hex: string): string =>
  hex.replace(/8882(.{8})(.{4})$/, (_, mask: string, payload: string) => {
    const code = Number.parseInt(payload, 16) ^ Number.parseInt(mask.slice(0, 4), 16);
    return `8802${code.toString(16).padStart(4, '0')}`;
  });

test('draining tells both ends 1001, and waits for their answers', async () => {
  const heard: string[] = [];
  await using upstream = await openAccepting((socket) => {
    socket.on('data', (chunk: Buffer) => {
      heard.push(chunk.toString('hex'));
      socket.end(Buffer.from(GOING_AWAY, 'hex'));
    });
  });
  await using proxy = await openProxy(upstream.port);
  const { socket } = await offer(proxy.port);
  const drained = proxy.listener.drain(60_000);
  expect(String(await once(socket, 'data').then(([chunk]) => chunk.toString('hex')))).toBe(GOING_AWAY);
  socket.write(Buffer.from('888200000000', 'hex'));
  socket.write(Buffer.from('03e9', 'hex'));
  await once(socket, 'end');
  socket.end();
  expect(await drained).toBe(0);
  expect(heard.map(unmasked)).toEqual([GOING_AWAY]);
  expect(proxy.ends[0]?.outcome).toBe('complete');
});

test('a farewell comes behind the frame that is on its way, and nothing behind it', async () => {
  const heard: Buffer[] = [];
  await using upstream = await openAccepting((socket) => {
    socket.on('data', (chunk: Buffer) => heard.push(chunk)).on('end', () => socket.end());
  });
  await using proxy = await openProxy(upstream.port);
  const { socket } = await offer(proxy.port);
  const bytes = (): string => Buffer.concat(heard).toString('hex');
  socket.write(Buffer.from('8183000000006162', 'hex'));
  await vi.waitUntil(() => bytes() === '8183000000006162');
  const drained = proxy.listener.drain(60_000);
  await once(socket, 'data');
  socket.write(Buffer.from('638183000000006162638880', 'hex'));
  socket.end(Buffer.from('00000000', 'hex'));
  await drained;
  expect(unmasked(bytes())).toBe(`818300000000616263${GOING_AWAY}`);
});

test('who does not answer a farewell is cut after a moment', async () => {
  await using upstream = await openAccepting((socket) => socket.resume());
  await using proxy = await openProxy(upstream.port);
  const { socket } = await offer(proxy.port);
  const ended = once(socket.resume(), 'end');
  expect(await proxy.listener.drain(60_000)).toBe(0);
  await ended;
  socket.destroy();
});
