import { sha256 } from '../snapshot/content.ts';
import { encodeBase64Url } from '../snapshot/strict-jws.ts';
import type { Caller } from './access/permissions.ts';
import { joinProblem } from './access/trust-anchors.ts';
import type { CompiledWorkload } from './compiler/index.ts';
import type { Database } from './db/database.ts';
import { thumbprintOf } from './issuer/index.ts';
import type { MeshStates } from './mesh-state.ts';
import type { PolicyStoreOptions, StorePorts } from './ports.ts';
import { StoreRefusal } from './refusal.ts';
import { appendAudit } from './repositories/audit-log.ts';
import {
  addJoinedKey,
  addJoinToken,
  countJoinTokens,
  joinedKeysOf,
  listJoinedKeys,
  takeJoinToken,
} from './repositories/join-tokens.ts';
import { readRevocations } from './repositories/revocations.ts';

interface Deps {
  readonly database: Database;
  readonly states: MeshStates;
  readonly clock: StorePorts['clock'];
  readonly options: Pick<PolicyStoreOptions, 'devMode'>;
}

/** Where a Workload is. */
export interface WorkloadName {
  readonly namespace: string;
  readonly workload: string;
}

export interface JoinTokenAnswer {
  /** Shown once: the store keeps its SHA-256. */
  readonly joinToken: string;
  readonly spiffeId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** How a Workload can prove itself. */
export interface IdentityEntry {
  readonly namespace: string;
  readonly name: string;
  readonly spiffeId: string;
  readonly keys: readonly IdentityKey[];
  /** Issuers outside of the mesh that vouch for it. */
  readonly issuers: readonly string[];
  readonly revoked: boolean;
}

export interface IdentityKey {
  /** RFC 7638 thumbprint: what `gossamer revoke --jkt` takes. */
  readonly jkt: string;
  readonly from: 'document' | 'join-token';
  /** When it joined, milliseconds since the epoch; null: it stands in the document. */
  readonly at: number | null;
  readonly revoked: boolean;
}

/** Tells a join token from other secrets, for people and for scanners. */
const PREFIX = 'gjt_';
const FORM = /^gjt_[A-Za-z0-9_-]{43}$/;
const SECRET_BYTES = 32;
/** Tokens that wait to be used; each lives for minutes. */
const MOST_TOKENS = 1000;
/** Keys that one Workload joins; the next asks for old ones to be revoked and their Workload made anew. */
const MOST_KEYS = 64;

/** How workloads come into the mesh beside what their documents say. */
export class Enrolment {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * A token that registers one key for a Workload, once.
   * @param ttl milliseconds
   * @throws StoreRefusal `not_found`, `forbidden` for a workload that is bound to a role, `join_tokens_full`
   */
  async joinToken(ask: WorkloadName, ttl: number, by: Caller): Promise<JoinTokenAnswer> {
    const { database, clock } = this.#deps;
    const now = clock.now();
    const joinToken = `${PREFIX}${encodeBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))}`;
    const digest = await sha256(joinToken);
    const expiresAt = now + ttl;
    return database.alone(async (session) => {
      const { resources, compiled } = await this.#deps.states.current(session);
      const found = compiled.workloads.find(
        ({ namespace, name }) => namespace === ask.namespace && name === ask.workload,
      );
      if (!found) {
        throw new StoreRefusal('not_found', `There is no Workload ${ask.namespace}/${ask.workload}. Apply one first.`);
      }
      const problem = joinProblem(by, found.spiffeId, resources, this.#deps.options.devMode);
      if (problem !== undefined) throw new StoreRefusal('forbidden', problem);
      await addJoinToken(session, { digest, workload: found.uid, expiresAt }, now);
      if ((await countJoinTokens(session)) > MOST_TOKENS) {
        throw new StoreRefusal('join_tokens_full', 'Too many join tokens wait to be used. They expire in minutes.');
      }
      const { spiffeId } = found;
      const { actor } = by;
      await appendAudit(session, { at: now, actor, action: 'make-join-token', subject: spiffeId, detail: { ttl } });
      return { joinToken, spiffeId, expiresAt };
    });
  }

  /** Takes a token once and registers the key; undefined: it is none, used, expired, or its Workload is gone. */
  async redeem(joinToken: string, jwk: JsonWebKey): Promise<{ spiffeId: string; uid: string } | undefined> {
    if (!FORM.test(joinToken)) return undefined;
    const { database, states, clock } = this.#deps;
    const now = clock.now();
    const [digest, jkt] = [await sha256(joinToken), await thumbprintOf(jwk)];
    return database.alone(async (session) => {
      const uid = await takeJoinToken(session, digest, now);
      const { workloads } = (await states.current(session)).compiled;
      const workload = uid === undefined ? undefined : workloads.find((one) => one.uid === uid);
      if (workload === undefined || (await joinedKeysOf(session, workload.uid)).length >= MOST_KEYS) return undefined;
      const { kty, crv, x, y } = jwk;
      await addJoinedKey(session, {
        workload: workload.uid,
        jkt,
        publicJwk: { kty, crv, x, y } as JsonWebKey,
        at: now,
      });
      const { spiffeId } = workload;
      await appendAudit(session, { at: now, actor: spiffeId, action: 'join', subject: spiffeId, detail: { jkt } });
      return { spiffeId, uid: workload.uid };
    });
  }

  /** Keys that joined for a Workload. */
  async joinedKeys({ uid }: Pick<CompiledWorkload, 'uid'>): Promise<JsonWebKey[]> {
    const keys = await this.#deps.database.read((session) => joinedKeysOf(session, uid));
    return keys.map(({ publicJwk }) => publicJwk);
  }

  /** Every Workload and what proves it. */
  list(): Promise<IdentityEntry[]> {
    const { database, states, clock } = this.#deps;
    return database.read(async (session) => {
      const { ids, jkts } = await readRevocations(session, clock.now());
      const joined = await listJoinedKeys(session);
      const { workloads } = (await states.current(session)).compiled;
      return Promise.all(
        workloads.map(async ({ uid, namespace, name, spiffeId, keys, federation }) => {
          const own = joined.filter((key) => key.workload === uid).map(({ jkt, at }) => ({ jkt, at }));
          const written = await Promise.all(keys.map(async (key) => ({ jkt: await thumbprintOf(key), at: null })));
          const entry = (key: { jkt: string; at: number | null }): IdentityKey => ({
            ...key,
            from: key.at === null ? 'document' : 'join-token',
            revoked: jkts.includes(key.jkt),
          });
          const issuers = [...new Set(federation.map(({ issuer }) => issuer))];
          return {
            namespace,
            name,
            spiffeId,
            keys: [...written, ...own].map(entry),
            issuers,
            revoked: ids.includes(spiffeId),
          };
        }),
      );
    });
  }
}
