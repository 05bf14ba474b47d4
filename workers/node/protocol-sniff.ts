import type { Socket } from 'node:net';

/** How every HTTP/2 connection with prior knowledge begins (RFC 9113 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** So much of it no request of HTTP/1.1 shares. */
const ENOUGH = 14;
/** How long a connection may stay silent before its first request, milliseconds. */
const FIRST_BYTES = 15_000;

/** Reads the first bytes of a connection, puts them back, and hands it to whom they are meant for. */
export function sniff(socket: Socket, http1: (socket: Socket) => void, http2: (socket: Socket) => void): void {
  let seen: Buffer | undefined;
  const onData = (chunk: Buffer): void => {
    seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
    const common = Math.min(seen.length, ENOUGH);
    const isHttp2 = seen.subarray(0, common).equals(PREFACE.subarray(0, common));
    if (isHttp2 && common < ENOUGH) return;
    leave();
    socket.pause();
    socket.unshift(seen);
    (isHttp2 ? http2 : http1)(socket);
    // An HTTP/2 session takes what is there by itself; node:http waits for the flow.
    if (!isHttp2) socket.resume();
  };
  const drop = (): void => void socket.destroy();
  const leave = (): void => {
    socket.off('data', onData).off('end', drop).off('timeout', drop).off('error', drop).setTimeout(0);
  };
  socket.on('data', onData).on('end', drop).on('error', drop).on('timeout', drop).setTimeout(FIRST_BYTES);
}
