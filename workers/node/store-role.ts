import { createPolicyStore, type PolicyStore } from '../../policy-store/index.ts';
import type { AdminListener } from './admin-listener.ts';
import type { DataFolder } from './data-folder.ts';
import { applyFiles } from './document-files.ts';
import { inquiries } from './inquiries.ts';
import type { Voice } from './log.ts';
import type { Options } from './options.ts';
import { outsideFetch } from './outside-fetch.ts';
import { StartError } from './start-error.ts';

/** The policy store of this process, listening, with the documents of `-f` applied. */
export interface StoreRole {
  readonly store: PolicyStore;
  readonly url: string;
  readonly routerToken: string;
  readonly adminTokenFile: string;
  readonly joinFile: string;
  /** The revision that holds the documents of `-f`; 0 without any. */
  readonly applied: number;
  readonly manifestKeys: readonly JsonWebKey[];
  stop(): Promise<void>;
}

/** @throws StartError, StoreStartError; then nothing is left open */
export async function startStoreRole(
  listener: AdminListener,
  folder: DataFolder,
  options: Options,
  voice: Voice,
): Promise<StoreRole> {
  const adminToken = folder.secret('admin-token');
  const routerToken = folder.secret('router-token');
  const keyEncryptionKey = await importKey(folder.secret('key-encryption.key'));
  const store = await createPolicyStore(
    {
      clock: { now: () => Date.now() },
      log: voice.log,
      outside: outsideFetch(),
      ...inquiries(() => store.manifestKeys(), voice.log),
    },
    {
      database: databaseOf(options, folder),
      devMode: options.command === 'dev',
      adminToken,
      routerToken,
      keyEncryptionKey,
      issuer: listener.url,
    },
  );
  try {
    const applied =
      options.files.length === 0 ? 0 : await applyFiles(store, options.files, (line) => voice.log('warn', line));
    const manifestKeys = await store.manifestKeys();
    folder.write('router-join.json', `${JSON.stringify({ store: listener.url, token: routerToken, manifestKeys })}\n`);
    listener.serve((request) => store.fetch(request));
    return {
      store,
      url: listener.url,
      routerToken,
      adminTokenFile: folder.at('admin-token'),
      joinFile: folder.at('router-join.json'),
      applied,
      manifestKeys,
      stop: () => listener.close(() => store.close()),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function databaseOf(options: Options, folder: DataFolder): { pglite: string } | { url: string } {
  if (options.databaseUrl !== undefined) return { url: options.databaseUrl };
  return { pglite: options.memory ? 'memory' : folder.at('postgres') };
}

async function importKey(secret: string): Promise<CryptoKey> {
  const bytes = Buffer.from(secret, 'base64url');
  if (bytes.length !== 32) throw new StartError('key-encryption.key must hold 32 bytes in base64url.');
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}
