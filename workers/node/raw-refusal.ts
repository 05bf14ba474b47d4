import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { LINGER } from './client.ts';

/** The parser gave up: there is no request that could be answered in the usual way. */
export function refuseRaw(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') answerRaw(socket, 431, 'The header fields are too long.');
  else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') answerRaw(socket, 408, 'The request did not arrive in time.');
  else answerRaw(socket, 400, 'The request is not valid HTTP/1.1.');
}

/** Answers outside of node:http and closes: what follows on such a connection can not be trusted to be a request. */
export function answerRaw(socket: Duplex, status: number, detail: string): void {
  const code = status === 431 ? 'request_too_large' : 'request_invalid';
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: `/docs/errors.md#${code}`, title, status, code, detail });
  socket.on('error', () => undefined);
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nMesh-Reason: ${code}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  // Node has let go of some of these: nobody else would read on and see that the peer has gone.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER);
  socket.once('close', () => clearTimeout(timer));
}
