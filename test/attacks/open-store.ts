import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPglite } from '../../policy-store/db/pglite.ts';
import { type OutsideFetch, type PolicyStore, startStore } from '../../policy-store/index.ts';
import type { KeyClass, SigningKey } from '../../policy-store/issuer/index.ts';
import { StoredKeys } from '../../policy-store/repositories/signing-keys.ts';
import { AdminListener } from '../../workers/node/admin-listener.ts';
import { Caller } from '../blackbox/policy-store.ts';

const ADMIN_TOKEN = 'admin-token-of-the-attacks';
const ROUTER_TOKEN = 'router-token-of-the-attacks';

/** A real policy store in this process, on memory. */
export class OpenStore {
  readonly url: string;
  readonly joinFile: string;
  readonly routerToken = ROUTER_TOKEN;
  readonly #store: PolicyStore;
  readonly #listener: AdminListener;
  readonly #folder: string;
  readonly #keyOf: (cls: KeyClass) => Promise<SigningKey | undefined>;

  private constructor(
    store: PolicyStore,
    listener: AdminListener,
    folder: string,
    keyOf: (cls: KeyClass) => Promise<SigningKey | undefined>,
  ) {
    this.#keyOf = keyOf;
    this.#store = store;
    this.#listener = listener;
    this.#folder = folder;
    this.url = listener.url;
    this.joinFile = join(folder, 'router-join.json');
  }

  /** @param outside asks outside issuers for their keys */
  static async start(outside?: OutsideFetch): Promise<OpenStore> {
    const [listener, database] = await Promise.all([AdminListener.open('127.0.0.1', 0), openPglite('memory')]);
    const keyEncryptionKey = await crypto.subtle.importKey('raw', new Uint8Array(32).fill(7), 'AES-GCM', false, [
      'encrypt',
      'decrypt',
    ]);
    const store = await startStore(
      database,
      { clock: { now: () => Date.now() }, log: () => undefined, ...(outside && { outside }) },
      { devMode: true, adminToken: ADMIN_TOKEN, routerToken: ROUTER_TOKEN, keyEncryptionKey, issuer: listener.url },
    );
    listener.serve((request) => store.fetch(request));
    const folder = mkdtempSync(join(tmpdir(), 'gossamer-attacks-'));
    const opened = new OpenStore(store, listener, folder, (cls) =>
      database.read((session) => new StoredKeys(session, keyEncryptionKey).active(cls)),
    );
    writeFileSync(opened.joinFile, await opened.#joinText(listener.url));
    return opened;
  }

  /** @throws Error with status and answer, where it is no success */
  async post(path: string, body: object): Promise<Record<string, unknown>> {
    const { status, text } = await this.ask('POST', path, body);
    if (status >= 300) throw new Error(`POST ${path}: ${status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async ask(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  /** The key that signs now, private part and all: what no attacker has. */
  async signingKey(cls: KeyClass): Promise<SigningKey> {
    const key = await this.#keyOf(cls);
    if (key === undefined) throw new Error(`there is no ${cls} key`);
    return key;
  }

  enrol(namespace: string, workload: string): Promise<Caller> {
    return Caller.enrol((path, body) => this.post(path, body), namespace, workload);
  }

  async stop(): Promise<void> {
    await this.#listener.close(() => this.#store.close());
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #joinText(url: string): Promise<string> {
    return `${JSON.stringify({ store: url, token: ROUTER_TOKEN, manifestKeys: await this.#store.manifestKeys() })}\n`;
  }
}
