import { BOOTSTRAP } from './access/permissions.ts';
import { AdminCredentials } from './admin-credentials.ts';
import { adminApi } from './api/app.ts';
import { problemOf } from './api/problem.ts';
import { ApprovalDesk } from './approval-desk.ts';
import { Approvals } from './approvals.ts';
import { AuditTrail } from './audit-trail.ts';
import type { Database, Session } from './db/database.ts';
import { Decisions } from './decisions/decisions.ts';
import { Distribution } from './distribution.ts';
import type { ApplyAnswer, ApplyOptions } from './documents.ts';
import { Documents } from './documents.ts';
import { Enrolment } from './enrolment.ts';
import { GenerationFeed } from './generation-feed.ts';
import { Issuance } from './issuance.ts';
import { IssuerKeys } from './issuer-keys/index.ts';
import { IssuerRefresh } from './issuer-refresh.ts';
import { KeyRing } from './key-ring.ts';
import { KillSwitch } from './kill-switch.ts';
import { MeshStates } from './mesh-state.ts';
import type { PolicyStoreOptions, SnapshotReader, StorePorts } from './ports.ts';
import { publish } from './publish.ts';
import { StoreRefusal, StoreStartError } from './refusal.ts';
import { Replays } from './replays.ts';
import { StoredIssuerKeys } from './repositories/issuer-keys.ts';
import { forgetRouters } from './repositories/routers.ts';
import { StoredKeys } from './repositories/signing-keys.ts';
import { newestGeneration } from './repositories/snapshots.ts';
import { sealStoredSecrets } from './repositories/upkeep.ts';
import { Rollups } from './rollups/rollups.ts';
import { Vault } from './sealing/vault.ts';

export type { ApplyAnswer } from './documents.ts';
export type { IssuerSource, OutsideFetch, OutsideRules } from './issuer-keys/index.ts';
export type { Log, PolicyStoreOptions, SnapshotReader, StorePorts } from './ports.ts';
export { StoreRefusal, StoreStartError } from './refusal.ts';

/** What the program itself applies: it may everything. */
export interface LocalApplyOptions extends Pick<ApplyOptions, 'dryRun' | 'prune'> {
  /** Who asked, for history and audit. */
  readonly actor: string;
}

/** The control plane in one object. Everything that it does is also in the admin API. */
export interface PolicyStore {
  /** The admin API. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /**
   * Applies documents without a request. @param type of the text; YAML takes JSON documents too
   * @throws StoreRefusal with `diagnostics`; then nothing has changed
   */
  apply(text: string, type: 'yaml' | 'json', options: LocalApplyOptions): Promise<ApplyAnswer>;
  /** Public JWKs that manifests are signed with: what a router pins. */
  manifestKeys(): Promise<JsonWebKey[]>;
  /** The published snapshot, without a request. */
  readonly reader: SnapshotReader;
  /** Asks the issuers of end users whose keys are due, and publishes what changed; a timer does so too. */
  refreshIssuers(): Promise<void>;
  /** Does at once what the schedule of the signing keys asks for; the store does it by itself too. */
  tendKeys(): Promise<void>;
  /** Whether the database answers and there is a snapshot. */
  ready(): Promise<boolean>;
  /** Ends long polls, finishes what is under way, closes the database. Requests that come later are answered 503. */
  close(): Promise<void>;
}

const SHORTEST_TOKEN = 16;
/** How long closing waits for what is under way, milliseconds: a body may come slowly. */
const DRAIN_TIME = 5_000;
/** How often waiting routers make the store ask a database that others write to, milliseconds. NOTIFY is faster, if it comes. */
const POLL_EVERY = 2_000;

/**
 * Opens the database, brings it up to date, makes the keys that are missing and publishes what is stored.
 * @throws StoreStartError one line that names the cause and what to do next
 */
export async function createPolicyStore(ports: StorePorts, options: PolicyStoreOptions): Promise<PolicyStore> {
  checkTokens(options);
  const { database: where } = options;
  // Either driver is large: only the one that is used is loaded.
  const database =
    'url' in where
      ? await (await import('./db/postgres.ts')).openPostgres(where.url)
      : await (await import('./db/pglite.ts')).openPglite(
          where.pglite === 'memory' ? 'memory' : { folder: where.pglite },
        );
  try {
    return await startStore(database, ports, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** A store on a database that is open already; closing the store closes it. */
export async function startStore(
  database: Database,
  ports: StorePorts,
  options: Omit<PolicyStoreOptions, 'database'>,
): Promise<PolicyStore> {
  const states = new MeshStates(options.devMode, new Vault(options.keyEncryptionKey));
  const keys = (session: Session) => new StoredKeys(session, options.keyEncryptionKey);
  const newest = async () => (await database.read(newestGeneration))?.generation ?? 0;
  const feed = new GenerationFeed(newest, database.shared ? POLL_EVERY : undefined);
  const { clock } = ports;
  const issuerKeys = issuerKeysOf(database, states, ports, options.devMode);
  const deps = { database, states, feed, ports, clock, keys, options, issuerKeys };
  const keyRing = new KeyRing(deps);
  const issuers = new IssuerRefresh(deps);
  await prepare({ ...deps, keyRing });
  await feed.look();
  database.onAnnouncement(() => void feed.look());
  const approvals = new Approvals(deps);
  const documents = new Documents({ ...deps, issuers, approvals });
  const distribution = new Distribution(deps);
  const enrolment = new Enrolment(deps);
  const parts = {
    documents,
    audit: new AuditTrail(deps),
    credentials: new AdminCredentials(deps),
    enrolment,
    desk: new ApprovalDesk({ database, approvals, documents, keyRing }),
    distribution,
    ports,
    issuance: new Issuance({ ...deps, enrolment }),
    killSwitch: new KillSwitch(deps),
    keyRing,
    replays: new Replays(deps),
    rollups: new Rollups(),
    decisions: new Decisions(options.decisions),
  };
  const api = adminApi(parts, options);
  keyRing.start();
  issuers.start();
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;
  const tracked = <T>(work: Promise<T>): Promise<T> => {
    const ended = work.catch(() => {}).finally(() => underWay.delete(ended));
    underWay.add(ended);
    return work;
  };
  return {
    fetch: async (request) => {
      if (!feed.closed) return tracked(Promise.resolve(api.fetch(request)));
      return problemOf(new StoreRefusal('store_closing', 'The store is shutting down. Try again in a moment.'));
    },
    apply: (text, type, { actor, ...rest }) =>
      tracked(documents.apply(text, type, { ...rest, local: true, by: { ...BOOTSTRAP, actor } })),
    manifestKeys: () => distribution.manifestKeys(),
    refreshIssuers: () => tracked(issuers.look().then(() => undefined)),
    tendKeys: () => tracked(keyRing.tend()),
    reader: distribution,
    ready: () =>
      distribution.newest().then(
        () => true,
        () => false,
      ),
    close: () => {
      // Long polls end here; what is being applied is finished first.
      feed.close();
      keyRing.stop();
      issuers.stop();
      closed ??= allWithin(underWay, DRAIN_TIME).then(() => database.close());
      return closed;
    },
  };
}

/** Reaches out by the rules of the mesh as it is configured when it does. */
function issuerKeysOf(database: Database, states: MeshStates, ports: StorePorts, dev: boolean): IssuerKeys {
  return new IssuerKeys({
    ...ports,
    shelf: new StoredIssuerKeys(database),
    rules: async () => {
      const { compiled } = await database.read((session) => states.current(session));
      return { dev, allowed: compiled.allowedRanges };
    },
  });
}

async function allWithin(work: Iterable<Promise<unknown>>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(work), late]);
  clearTimeout(timer);
}

interface Preparation {
  readonly database: Database;
  readonly states: MeshStates;
  readonly ports: StorePorts;
  readonly keyRing: KeyRing;
  keys(session: Session): StoredKeys;
}

/** Keys, and a snapshot of what is stored: the compiler may have changed since the last start. */
async function prepare({ database, states, ports, keys, keyRing }: Preparation): Promise<void> {
  await database.alone(async (session) => {
    if (!database.shared) await forgetRouters(session);
    await sealStoredSecrets(session, keys(session).vault, new Date(ports.clock.now()));
    await keyRing.prepare(session);
    const state = await states.current(session);
    const errors = state.compiled.diagnostics.filter(({ severity }) => severity === 'error');
    const published = await newestGeneration(session);
    if (errors.length > 0 && published) {
      // What was published stays in force; the next apply is told what is wrong.
      ports.log('error', 'the stored documents no longer compile', {
        first: errors[0]?.message,
        errors: errors.length,
      });
      return;
    }
    await publish(session, state, keys(session), ports.clock.now());
  });
}

function checkTokens({ adminToken, routerToken }: PolicyStoreOptions): void {
  if (adminToken.length < SHORTEST_TOKEN || routerToken.length < SHORTEST_TOKEN) {
    throw new StoreStartError(`Admin and router tokens have at least ${SHORTEST_TOKEN} characters.`);
  }
  if (adminToken === routerToken) throw new StoreStartError('Admin and router token must differ.');
}
