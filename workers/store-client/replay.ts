import type { ReplayStore } from '../../router/ports.ts';

export interface StoreReplayOptions {
  /** Base URL of the admin API, without trailing slash. */
  readonly url: string;
  /** The router token. */
  readonly token: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** A request waits for it, milliseconds. */
const ANSWER_TIME = 2_000;

/** The replay store that all routers of a policy store share. Rejections never hold the token. */
export function storeReplay({ url, token, fetch }: StoreReplayOptions): ReplayStore {
  return {
    async useOnce(key, expiresAt) {
      const answer = await fetch(`${url}/v1/replay`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ key, expiresAt }),
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_TIME),
      });
      if (answer.status !== 200) {
        await answer.body?.cancel();
        throw new Error(`policy store answered ${answer.status} to POST /v1/replay`);
      }
      const said: unknown = await answer.json();
      const first = typeof said === 'object' && said !== null && 'first' in said ? said.first : undefined;
      if (typeof first !== 'boolean') throw new Error('policy store did not say whether the proof was used before');
      return first;
    },
  };
}
