import type { Revocations } from '../snapshot/manifest.ts';
import type { Database, Session } from './db/database.ts';
import type { GenerationFeed } from './generation-feed.ts';
import { replaceKey } from './issuer/index.ts';
import type { MeshStates } from './mesh-state.ts';
import type { StorePorts } from './ports.ts';
import { publish } from './publish.ts';
import { StoreRefusal } from './refusal.ts';
import { appendAudit } from './repositories/audit-log.ts';
import type { RevocationKind, RevocationLists } from './repositories/revocations.ts';
import {
  addRevocations,
  countRevocations,
  readRevocations,
  removeRevocation,
  revocationGeneration,
} from './repositories/revocations.ts';
import type { StoredKeys } from './repositories/signing-keys.ts';

/** Every router holds all of them in memory and reads them with each manifest. */
const LIMIT = 10_000;

interface Deps {
  readonly database: Database;
  readonly states: MeshStates;
  readonly feed: GenerationFeed;
  readonly clock: StorePorts['clock'];
  keys(session: Session): StoredKeys;
}

export interface RevocationAnswer {
  readonly revision: number;
  /** The generation that carries the change to routers. */
  readonly generation: number;
}

/** Revokes identities and keys; every change is a new generation of the snapshot at once. */
export class KillSwitch {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Everything that is revoked now, removed Workloads included, and the generation that told of the newest of it. */
  current(): Promise<Revocations & { readonly generation: number }> {
    return this.#deps.database.read(async (session) => ({
      ...(await readRevocations(session, this.#deps.clock.now())),
      generation: await revocationGeneration(session),
    }));
  }

  /** @throws StoreRefusal `revocations_full` */
  revoke(lists: RevocationLists, actor: string): Promise<RevocationAnswer> {
    const { ids, jkts, kids, issuedBefore } = lists;
    const detail = { ids, jkts, kids, issuedBefore };
    return this.#change('revoke', detail, actor, async (session, now) => {
      await addRevocations(session, lists, new Date(now));
      await replaceSigningKeys(this.#deps.keys(session), kids, now);
      if ((await countRevocations(session)) > LIMIT) {
        throw new StoreRefusal(
          'revocations_full',
          `A mesh holds at most ${LIMIT} revocations. Take back old ones with DELETE /v1/revocations/{kind}/{value}, or rotate the signing key.`,
        );
      }
    });
  }

  /** Takes one back. @throws StoreRefusal `not_found` */
  restore(kind: RevocationKind, value: string, actor: string): Promise<RevocationAnswer> {
    return this.#change('take-back-revocation', { kind, value }, actor, async (session) => {
      if (await removeRevocation(session, kind, value)) return;
      throw new StoreRefusal('not_found', 'This is not revoked. See GET /v1/revocations.');
    });
  }

  async #change(
    action: string,
    detail: Readonly<Record<string, unknown>>,
    actor: string,
    work: (session: Session, now: number) => Promise<void>,
  ): Promise<RevocationAnswer> {
    const { database, states, feed, clock } = this.#deps;
    const now = clock.now();
    const { revision, generation } = await database.alone(async (session) => {
      await work(session, now);
      const published = await publish(session, await states.current(session), this.#deps.keys(session), now);
      await appendAudit(session, { at: now, actor, action, subject: 'revocations', detail });
      return published;
    });
    feed.learn(generation);
    await database.announce();
    return { revision, generation };
  }
}

/** A signing key that is revoked must not go on signing: all that it makes is void. */
async function replaceSigningKeys(keys: StoredKeys, kids: readonly string[], now: number): Promise<void> {
  for (const key of kids.length === 0 ? [] : await keys.records()) {
    if (key.removedAt === null && kids.includes(key.kid)) await replaceKey(keys, key, now);
  }
}
