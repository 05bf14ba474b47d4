import type { ReplayStore } from '../../router/ports.ts';
import { askStore, type StoreAccess } from './ask-store.ts';

/** A request waits for it, milliseconds. */
const ANSWER_TIME = 2_000;

/** The replay store that all routers of a policy store share. Rejections never hold the token. */
export function storeReplay(store: StoreAccess): ReplayStore {
  return {
    async useOnce(key, expiresAt) {
      const body = { key, expiresAt };
      const answer = await askStore(store, { method: 'POST', path: '/v1/replay', within: ANSWER_TIME, body }, [200]);
      const said = (await answer.json()) as { readonly first?: unknown } | null;
      if (typeof said?.first !== 'boolean')
        throw new Error('policy store did not say whether the proof was used before');
      return said.first;
    },
  };
}
