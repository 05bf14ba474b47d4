import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

/** What is said in place of an answer of the policy store. */
export type Garble = (genuine: Buffer, response: ServerResponse, asked: Asked) => void;

export interface Asked {
  readonly path: string;
  /** Which question about the snapshot this is, of those of its router. */
  readonly turn: number;
}

/** Between routers and a policy store: passes on what the store says, or what a test makes of it. */
export class GarblingStore {
  readonly joinFile: string;
  /** Undefined: honest. */
  #garble: Garble | undefined;
  /** Answers about the snapshot since the last change, by router. */
  readonly asked = new Map<string, number>();
  readonly #real: string;
  readonly #server: Server;
  readonly #pending = new Set<ServerResponse>();

  private constructor(real: string, server: Server, joinFile: string) {
    this.#real = real;
    this.#server = server;
    this.joinFile = joinFile;
  }

  /** @param joinFile of the real store; one that leads here is written beside it */
  static async start(real: string, joinFile: string): Promise<GarblingStore> {
    const server = createServer();
    const store = new GarblingStore(real, server, joinFile.replace('.json', '-garbled.json'));
    server.on('request', (request, response) => void store.#serve(request, response).catch(() => response.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(store.joinFile, JSON.stringify({ ...JSON.parse(readFileSync(joinFile, 'utf8')), store: url }));
    return store;
  }

  /** From now on; whoever waits for an answer has to ask again. */
  become(garble: Garble | undefined): void {
    this.#garble = garble;
    this.asked.clear();
    for (const response of this.#pending) response.destroy();
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#pending.add(response);
    response.once('close', () => this.#pending.delete(response));
    const { url = '', method = 'GET', headers } = request;
    const garble = url.startsWith('/v1/snapshot/') ? this.#garble : undefined;
    const router = String(headers['gossamer-router-id']);
    const turn = this.asked.get(router) ?? 0;
    if (url.split('?')[0] === '/v1/snapshot/manifest') this.asked.set(router, turn + 1);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const sent = await buffer(request);
    const answer = await fetch(this.#real + (garble === undefined ? url : url.replace(/\?.*/, '')), {
      method,
      headers: passedOn(headers, garble === undefined),
      signal: gone.signal,
      ...(sent.length > 0 && { body: sent }),
    });
    const genuine = Buffer.from(await answer.arrayBuffer());
    if (garble !== undefined) garble(genuine, response, { path: url, turn });
    else response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(genuine);
  }
}

/** A garbled answer is made of a genuine one: nobody gets a 304 for it. */
function passedOn(headers: IncomingMessage['headers'], honest: boolean): Record<string, string> {
  const names = [
    'authorization',
    'content-type',
    'gossamer-router-id',
    'gossamer-router-role',
    'gossamer-router-runtime',
  ];
  if (honest) names.push('if-none-match');
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}

const pour = (response: ServerResponse, block: Buffer): void => {
  while (!response.destroyed && response.write(block));
};

/** Of one byte to another: the text stays a text. */
const flipped = (genuine: Buffer): Buffer => {
  const copy = Buffer.from(genuine);
  const at = Math.floor(copy.length / 2);
  copy[at] = copy[at] === 0x41 ? 0x42 : 0x41;
  return copy;
};

const BOMB = gzipSync(Buffer.alloc(256 * 1024 * 1024));

/** One after the other, to each router. */
const byTurns =
  (...garbles: readonly Garble[]): Garble =>
  (genuine, response, asked) =>
    garbles[asked.turn % garbles.length]?.(genuine, response, asked);

export const GARBLES: Readonly<Record<string, Garble>> = {
  'half of it, broken off, or one byte changed': byTurns(
    (genuine, response) => response.end(genuine.subarray(0, genuine.length / 2)),
    (genuine, response) => {
      response.writeHead(200, { 'content-length': genuine.length });
      response.write(genuine.subarray(0, genuine.length / 2), () => response.destroy());
    },
    (genuine, response) => response.end(flipped(genuine)),
  ),
  'a page in HTML, a redirect, or an error': byTurns(
    (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>'),
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere' }).end(),
    (_, response) => response.writeHead(500).end('{"title":"Internal Server Error"}'),
  ),
  'a manifest that is good, and chunks that are others, changed, or nothing': (genuine, response, { path, turn }) => {
    const chunks = ['{"kind":"service","key":"shop/orders"}', flipped(genuine), ''];
    response.end(path.includes('/chunks/') ? chunks[turn % chunks.length] : genuine);
  },
  'no text, without end, or a little that unpacks to 256 MiB': byTurns(
    (_, response) => response.end(Buffer.from(Array.from({ length: 4_000 }, (_, n) => (n * 151) % 256))),
    (_, response) => {
      const block = Buffer.alloc(64 * 1024, 0x61);
      response.on('drain', () => pour(response, block));
      pour(response, block);
    },
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': BOMB.length }).end(BOMB),
  ),
  'header fields that are too long, then one byte now and then': (genuine, response, { turn }) => {
    if (turn === 0) {
      response.writeHead(200, { 'x-long': 'a'.repeat(1024 * 1024) }).end();
      return;
    }
    let at = 0;
    const timer = setInterval(() => response.write(genuine.subarray(at, ++at)), 100);
    response.once('close', () => clearInterval(timer));
  },
};
