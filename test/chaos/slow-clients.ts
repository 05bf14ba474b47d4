/**
 * Many clients in a process of its own: `node slow-clients.ts '{"url":…,"kind":…,"count":…,"headers":…}'`. It is ready
 * when all of them are where they want to be, and stays there until it is ended.
 * idle: had one answer, and keeps its connection. head: says a byte of its head now and then. body: has said its head
 * and says a byte of its body now and then. reader: asked for more than anybody holds in memory, and reads nothing.
 */
import { connect, type Socket } from 'node:net';

interface Orders {
  readonly url: string;
  readonly kind: 'idle' | 'head' | 'body' | 'reader';
  readonly count: number;
  readonly headers: Readonly<Record<string, string>>;
}

const { url, kind, count, headers } = JSON.parse(process.argv[2] as string) as Orders;
const { hostname, port } = new URL(url);

/** One address has too few ports for all. */
const SOURCES = 8;
const EVERY = 500;
/** Connections that are being opened at a time. */
const AT_ONCE = 200;

const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
const HEADS = {
  idle: `GET /idle HTTP/1.1\r\n${fields.join('')}\r\n`,
  head: `GET /echo HTTP/1.1\r\n${fields.join('')}`,
  body: `POST /echo HTTP/1.1\r\ncontent-length: 100000\r\n${fields.join('')}\r\n`,
  reader: `GET /pour HTTP/1.1\r\n${fields.join('')}\r\n`,
};

/** Resolves when this client is where it wants to be. */
function open(n: number): Promise<void> {
  return new Promise((resolve) => {
    const localAddress = `127.0.0.${2 + (n % SOURCES)}`;
    const socket = connect({ host: hostname, port: Number(port), localAddress });
    socket.on('error', () => resolve()).once('close', () => resolve());
    socket.once('connect', () => {
      socket.write(kind === 'head' ? HEADS.head.slice(0, 10) : HEADS[kind]);
      if (kind === 'idle') socket.once('data', () => resolve());
      else if (kind === 'reader') socket.once('readable', () => resolve());
      else {
        drip(socket, kind === 'head' ? HEADS.head.slice(10) : 'x'.repeat(1_000));
        resolve();
      }
    });
  });
}

function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] as string), EVERY);
  socket.resume().once('close', () => clearInterval(timer));
}

let next = 0;
const work = async (): Promise<void> => {
  for (let n = next++; n < count; n = next++) await open(n);
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
process.stdout.write(`${JSON.stringify({ event: 'ready' })}\n`);
setInterval(() => undefined, 60_000);
