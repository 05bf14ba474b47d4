import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyStore } from './policy-store.ts';

interface CountingOptions {
  /** False: nobody is held until there is news, so that routers have to ask again and again. */
  readonly push: boolean;
}

/** Stands between a router and its policy store and counts what comes down. */
export class CountingProxy {
  /** Bytes of answers so far, heads not counted. */
  bytes = 0;
  /** Chunks that were asked for. */
  chunks = 0;
  /** For routers that are to come this way. */
  readonly joinFile: string;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(server: Server, store: PolicyStore) {
    this.#server = server;
    this.#folder = mkdtempSync(join(tmpdir(), 'gossamer-counting-'));
    this.joinFile = join(this.#folder, 'router-join.json');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const there = JSON.parse(readFileSync(store.joinFile, 'utf8')) as object;
    writeFileSync(this.joinFile, JSON.stringify({ ...there, store: url }));
  }

  static async start(store: PolicyStore, { push }: CountingOptions = { push: true }): Promise<CountingProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CountingProxy(server, store);
    server.on('request', (incoming, answer) => {
      const { method, headers, url = '' } = incoming;
      if (url.startsWith('/v1/snapshot/chunks/')) proxy.chunks++;
      const asked = push ? url : url.replace(/\?wait=\d+ms$/, '');
      const onward = request(store.url + asked, { method, headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.on('data', (chunk: Buffer) => {
          proxy.bytes += chunk.length;
        });
        response.pipe(answer);
      });
      onward.on('error', () => answer.destroy());
      answer.on('close', () => onward.destroy());
      incoming.pipe(onward);
    });
    return proxy;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.#folder, { recursive: true });
  }
}
