import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2Server, type IncomingHttpHeaders as Http2Headers } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';

/** A real service of one protocol. */
export interface Service<Headers> extends AsyncDisposable {
  readonly port: number;
  /** Headers of every call, in order. */
  readonly calls: Headers[];
}

/** A gRPC service without a library: says each message back as it comes, and `OK` in the end. */
export async function openGrpcService(): Promise<Service<Http2Headers>> {
  const calls: Http2Headers[] = [];
  const sessions: { destroy(): void }[] = [];
  const server = createHttp2Server().on('session', (session) => sessions.push(session));
  server.on('stream', (stream, headers) => {
    calls.push(headers);
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'OK' }));
    stream.pipe(stream);
  });
  const port = await listen(server);
  const close = async (): Promise<void> => {
    for (const session of sessions) session.destroy();
    server.close();
  };
  return { port, calls, [Symbol.asyncDispose]: close };
}

/**
 * A WebSocket service without a library: says each short message back, closing included. It takes the last protocol that
 * is offered. `/no` is refused, `/greet` is greeted before it has said a word, `/leave` is left at once.
 */
export async function openChatService(): Promise<Service<IncomingHttpHeaders> & { open(): number }> {
  const calls: IncomingHttpHeaders[] = [];
  const sockets: Duplex[] = [];
  const server = createServer((request, response) => {
    calls.push(request.headers);
    response.end('plain');
  });
  server.on('upgrade', (request, socket) => {
    calls.push(request.headers);
    sockets.push(socket.on('error', () => undefined).once('end', () => socket.end()));
    if (request.url === '/no') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      return;
    }
    const protocol = request.headers['sec-websocket-protocol']?.split(',').at(-1)?.trim();
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`}\r\n`,
    );
    if (request.url === '/greet') socket.write(frame(0x81, Buffer.from('welcome')));
    if (request.url === '/leave') socket.end(frame(CLOSE, Buffer.from([1001 >> 8, 1001 & 0xff])));
    socket.on('data', (heard: Buffer) => {
      if (!socket.writable) return;
      socket.write(unmasked(heard));
      if (heard[0] === CLOSE) socket.end();
    });
  });
  const port = await listen(server);
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    server.closeAllConnections();
  };
  const open = (): number => sockets.filter((socket) => !socket.destroyed).length;
  return { port, calls, open, [Symbol.asyncDispose]: close };
}

/** First byte of a frame that ends a WebSocket. */
const CLOSE = 0x88;

/** One whole frame of at most 125 bytes, as a server may send it (RFC 6455 5.2). */
function unmasked(heard: Buffer): Buffer {
  const [first = 0, second = 0] = heard;
  const length = second & 0x7f;
  const mask = heard.subarray(2, 6);
  const payload = heard.subarray(6, 6 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return frame(first, payload);
}

const frame = (first: number, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([first, payload.length]), payload]);

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
