import type { SnapshotSource } from '../../router/ports.ts';

/** Where a policy store is, and as whom to ask. */
export interface StoreSourceOptions {
  /** Base URL of the admin API, without trailing slash. */
  readonly url: string;
  /** The router token. */
  readonly token: string;
  readonly routerId: string;
  readonly role: 'router' | 'gateway';
  /** `node`, `deno`, `bun`, `workerd`: for `gossamer status`. */
  readonly runtime: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
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
  const authorization = `Bearer ${options.token}`;
  /** Who follows on after it has left says no name: it would count as running again. */
  let left = false;
  const named = {
    authorization,
    'gossamer-router-id': options.routerId,
    'gossamer-router-role': options.role,
    'gossamer-router-runtime': options.runtime,
  };
  const get = async (path: string, more: Record<string, string>, ms: number): Promise<Response> => {
    const signal = AbortSignal.timeout(ms);
    const init = { headers: { ...(left ? { authorization } : named), ...more }, redirect: 'manual' as const, signal };
    const answer = await options.fetch(options.url + path, init);
    if (answer.status !== 200 && answer.status !== 304) {
      await answer.body?.cancel();
      throw new Error(`policy store answered ${answer.status} to GET ${path}`);
    }
    return answer;
  };
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
      return textOf(await get(`/v1/snapshot/chunks/${hash}`, {}, ANSWER_TIME), MAX_CHUNK);
    },
    async hopKey() {
      return jsonOf(await textOf(await get('/v1/snapshot/hop-key', {}, ANSWER_TIME), MAX_KEY)) as JsonWebKey;
    },
    async endorsements() {
      const text = await textOf(await get('/v1/snapshot/manifest-keys', {}, ANSWER_TIME), MAX_ENDORSEMENTS);
      const { endorsements } = jsonOf(text) as { readonly endorsements?: unknown };
      if (!Array.isArray(endorsements)) throw new Error('policy store sent no endorsements');
      return endorsements.filter((one) => typeof one === 'string');
    },
    async leave() {
      left = true;
      const init = {
        method: 'DELETE',
        headers: named,
        redirect: 'manual' as const,
        signal: AbortSignal.timeout(LEAVE_TIME),
      };
      const answer = await options.fetch(`${options.url}/v1/routers/${encodeURIComponent(options.routerId)}`, init);
      await answer.body?.cancel();
      // 404: it was forgotten already.
      if (answer.status !== 204 && answer.status !== 404) throw new Error(`policy store answered ${answer.status}`);
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
