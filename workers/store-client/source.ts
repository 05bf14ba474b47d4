import type { SnapshotSource } from '../../router/ports.ts';
import { askStore, type StoreAccess } from './ask-store.ts';

/** A policy store, and who asks it. */
export interface StoreSourceOptions extends StoreAccess {
  readonly routerId: string;
  readonly role: 'router' | 'gateway';
  /** `node`, `deno`, `bun`, `workerd`: for `gossamer status`. */
  readonly runtime: string;
}

/** Beyond the time that a long poll may take by itself, milliseconds. */
const ANSWER_TIME = 10_000;
/** A stop must not wait long for a policy store that is away, milliseconds. */
const LEAVE_TIME = 2_000;
const MAX_CHUNK = 16 * 1024 * 1024;
const MAX_MANIFEST = 1024 * 1024;
const MAX_KEY = 4096;
const MAX_ENDORSEMENTS = 1024 * 1024;

/** The snapshot of a policy store, and the way to leave it. */
export interface StoreSource extends SnapshotSource {
  /**
   * Says that this router takes no more requests, so that nobody waits for it; what is asked for afterwards is asked for
   * without a name. Rejects when that could not be said.
   */
  leave(): Promise<void>;
}

/** The snapshot of a policy store over its admin API. Rejections never hold the token. */
export function storeSource(options: StoreSourceOptions): StoreSource {
  /** Who follows on after it has left says no name: it would count as running again. */
  let left = false;
  const named = {
    'gossamer-router-id': options.routerId,
    'gossamer-router-role': options.role,
    'gossamer-router-runtime': options.runtime,
  };
  const get = (path: string, more: Record<string, string> = {}, within = ANSWER_TIME): Promise<Response> =>
    askStore(options, { path, within, headers: { ...(left ? {} : named), ...more } }, [200, 304]);
  return {
    async manifest(held, waitMs) {
      const wait = waitMs > 0 ? `?wait=${Math.ceil(waitMs)}ms` : '';
      const condition = held === undefined ? {} : { 'if-none-match': `"${held}"` };
      const answer = await get(`/v1/snapshot/manifest${wait}`, condition, waitMs + ANSWER_TIME);
      if (answer.status === 304) {
        await answer.body?.cancel();
        return undefined;
      }
      return textOf(answer, MAX_MANIFEST);
    },
    async chunk(hash) {
      return textOf(await get(`/v1/snapshot/chunks/${hash}`), MAX_CHUNK);
    },
    async hopKey() {
      return jsonOf(await textOf(await get('/v1/snapshot/hop-key'), MAX_KEY)) as JsonWebKey;
    },
    async endorsements() {
      const text = await textOf(await get('/v1/snapshot/manifest-keys'), MAX_ENDORSEMENTS);
      const { endorsements } = jsonOf(text) as { readonly endorsements?: unknown };
      if (!Array.isArray(endorsements)) throw new Error('policy store sent no endorsements');
      return endorsements.filter((one) => typeof one === 'string');
    },
    async leave() {
      left = true;
      const path = `/v1/routers/${encodeURIComponent(options.routerId)}`;
      // 404: it was forgotten already.
      const answer = await askStore(
        options,
        { method: 'DELETE', path, within: LEAVE_TIME, headers: named },
        [204, 404],
      );
      await answer.body?.cancel();
    },
  };
}

/** Never shows what it could not read: a part of it may be a secret. */
function jsonOf(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What JSON.parse says quotes the text.
  }
  if (typeof value !== 'object' || value === null) throw new Error('policy store sent something else than JSON');
  return value;
}

/** Reads a text of at most `limit` bytes. */
async function textOf(answer: Response, limit: number): Promise<string> {
  if (answer.body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const reader = answer.body.getReader();
  let text = '';
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > limit) {
      await reader.cancel();
      throw new Error(`policy store sent more than ${limit} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
