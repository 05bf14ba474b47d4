import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { MANIFEST_TYPE, type Manifest } from '../../../snapshot/manifest.ts';
import { storeSource } from '../../../workers/store-client/source.ts';
import type { OpenStore } from '../open-store.ts';

const KID = 'key-of-the-attacks';

/** What routers are told to trust is this store's key; what it signs, and whether it answers, is up to the test. */
export class HostileStore {
  readonly joinFile: string;
  /** Nothing is answered at all. */
  isDown = false;
  /** Only the replay store does not answer. */
  forgetsProofs = false;
  /** Who has been handed the manifest that is out now. */
  readonly handedTo = new Set<unknown>();
  readonly #real: OpenStore;
  readonly #key: CryptoKey;
  readonly #server: Server;
  readonly #folder: string;
  readonly #waiting = new Set<() => void>();
  #jws = '';
  #generation = 0;

  private constructor(real: OpenStore, key: CryptoKey, server: Server, folder: string) {
    this.#real = real;
    this.#key = key;
    this.#server = server;
    this.#folder = folder;
    this.joinFile = join(folder, 'router-join.json');
  }

  /** In front of a real store, whose chunks and keys it passes on. */
  static async start(real: OpenStore): Promise<HostileStore> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const server = createServer({ keepAliveTimeout: 30_000 });
    const folder = mkdtempSync(join(tmpdir(), 'gossamer-attacks-'));
    const store = new HostileStore(real, privateKey, server, folder);
    server.on('request', (request, response) => void store.#answer(request, response).catch(() => response.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const manifestKeys = [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: KID }];
    writeFileSync(store.joinFile, `${JSON.stringify({ store: url, token: real.routerToken, manifestKeys })}\n`);
    return store;
  }

  /** The manifest that the real store has now. */
  async genuine(): Promise<Manifest> {
    const { url, routerToken: token } = this.#real;
    const source = storeSource({ url, token, routerId: 'attacks', role: 'router', runtime: 'node', fetch });
    const jws = (await source.manifest(undefined, 0)) ?? '';
    await source.leave();
    return JSON.parse(Buffer.from(jws.split('.')[1] as string, 'base64url').toString()) as Manifest;
  }

  sign(manifest: object, key = this.#key): Promise<string> {
    const payload = Buffer.from(JSON.stringify(manifest));
    return new CompactSign(payload).setProtectedHeader({ alg: 'ES256', typ: MANIFEST_TYPE, kid: KID }).sign(key);
  }

  /** Hands this manifest to everybody who asks. @param generation what it claims to be, for who holds that one */
  publish(jws: string, generation: number): void {
    this.#jws = jws;
    this.#generation = generation;
    this.handedTo.clear();
    for (const wake of this.#waiting) wake();
  }

  async stop(): Promise<void> {
    this.isDown = true;
    for (const wake of this.#waiting) wake();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url as string).split('?')[0] as string;
    if (path === '/v1/snapshot/manifest') await this.#news(request);
    if (this.isDown || (this.forgetsProofs && path === '/v1/replay')) {
      response.destroy();
    } else if (path === '/v1/snapshot/manifest') {
      this.handedTo.add(request.headers['gossamer-router-id']);
      const isHeld = request.headers['if-none-match'] === `"${this.#generation}"`;
      response.writeHead(isHeld ? 304 : 200).end(isHeld ? undefined : this.#jws);
    } else await this.#passOn(request, response);
  }

  /** A long poll: at once when there is news for who asks. */
  #news({ url = '', headers }: IncomingMessage): Promise<void> | undefined {
    const ms = Number(/[?&]wait=(\d+)ms/.exec(url)?.[1] ?? 0);
    if (ms === 0 || headers['if-none-match'] !== `"${this.#generation}"`) return undefined;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
    });
  }

  async #passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '', headers } = request;
    const sent = await buffer(request);
    const { authorization = '', 'content-type': type = 'application/json' } = headers;
    const answer = await fetch(this.#real.url + url, {
      method,
      headers: { authorization, 'content-type': type },
      ...(sent.length > 0 && { body: sent }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  }
}
