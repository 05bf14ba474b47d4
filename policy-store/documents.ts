import { boundWorkloads, meshConfigOf } from './access/bindings.ts';
import { refusedDocuments } from './access/document-scope.ts';
import type { Caller } from './access/permissions.ts';
import type { Approvals, PendingApproval } from './approvals.ts';
import type { ApplyResult, ChangePlan, ResourceSet } from './changes.ts';
import { planChanges, planDeletion, summarise, unstorable } from './changes.ts';
import { defaultIdentity } from './compiler/identity.ts';
import type { Database, Session } from './db/database.ts';
import type { GenerationFeed } from './generation-feed.ts';
import type { IssuerRefresh } from './issuer-refresh.ts';
import type { MeshState, MeshStates } from './mesh-state.ts';
import type { StorePorts } from './ports.ts';
import { publish } from './publish.ts';
import { StoreRefusal } from './refusal.ts';
import { appendAudit } from './repositories/audit-log.ts';
import { forgetJoinedKeys } from './repositories/join-tokens.ts';
import { writeChanges } from './repositories/resources.ts';
import type { RevisionDetail, RevisionEntry } from './repositories/revisions.ts';
import { addRevision, findRevision, listRevisions } from './repositories/revisions.ts';
import { addRemovedWorkloads } from './repositories/revocations.ts';
import type { StoredKeys } from './repositories/signing-keys.ts';
import { newestGeneration } from './repositories/snapshots.ts';
import { parseDocuments, resourceKey, resourceTitle } from './resources/index.ts';
import type { WorkloadSpec } from './resources/kinds/workload.ts';
import type { Diagnostic, Resource } from './resources/resource.ts';
import type { ApprovedAs, AskedChange } from './trust-changes.ts';
import { judgeTrust } from './trust-changes.ts';

export interface ApplyOptions {
  /** Says what would happen; nothing changes. */
  readonly dryRun?: boolean;
  /** Afterwards the store holds exactly these documents. */
  readonly prune?: boolean;
  /** Who asked: judged, and named by history and audit. */
  readonly by: Caller;
  /** The program's own: nobody has to approve it. */
  readonly local?: boolean;
  /** A change that waited, and is let happen now. */
  readonly approval?: ApprovedAs;
}

type ChangeOptions = ApplyOptions &
  Pick<AskedChange, 'request'> & { readonly action: string; readonly lines: ReadonlyMap<string, number> };

export interface ApplyAnswer {
  /** The revision in force afterwards; after a dry run, the one in force before. */
  readonly revision: number;
  /** The generation that carries it to routers. */
  readonly generation: number;
  readonly results: readonly ApplyResult[];
  /** Warnings only: an error would have refused the whole. */
  readonly diagnostics: readonly Diagnostic[];
  /** Nothing was changed: it touches the trust of the mesh and waits under this name until somebody else approves it. */
  readonly pending?: string;
  /** When it waits no longer, milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** Only after a dry run: what of the mesh's trust it touches, for whose sake it would wait for somebody else. */
  readonly wouldWait?: readonly string[];
}

interface Deps {
  readonly approvals: Approvals;
  readonly database: Database;
  readonly states: MeshStates;
  readonly feed: GenerationFeed;
  readonly ports: Pick<StorePorts, 'clock' | 'log'>;
  readonly issuers: Pick<IssuerRefresh, 'look'>;
  keys(session: Session): StoredKeys;
}

/** Documents that a refusal names. */
const SHOWN_REFUSALS = 10;

/** Rolls a dry run back. */
class DryRun extends Error {
  readonly answer: ApplyAnswer;

  constructor(answer: ApplyAnswer) {
    super('dry run');
    this.answer = answer;
  }
}

/** The documents of the mesh: read, changed all or nothing, with their history. */
export class Documents {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Merges documents into the mesh, in one transaction.
   * @throws StoreRefusal `documents_invalid` with diagnostics, `conflict`, `database_*`; then nothing has changed
   */
  async apply(text: string, type: 'yaml' | 'json', options: ApplyOptions): Promise<ApplyAnswer> {
    const parsed = parseDocuments(text, type);
    const resources = parsed.documents.map(({ resource }) => resource);
    refuseErrors([...parsed.diagnostics, ...unstorable(resources)]);
    const lines = new Map(parsed.documents.map(({ resource, line }) => [resourceTitle(resource), line]));
    const { now } = this.#deps.ports.clock;
    const answer = await this.#change(
      (stored, revision) =>
        planChanges(stored, resources, options.prune ?? false, {
          revision,
          now: now(),
          newUid: () => crypto.randomUUID(),
        }),
      { ...options, action: 'apply', lines, request: { action: 'apply', text, type, prune: options.prune ?? false } },
    );
    return { ...answer, diagnostics: [...parsed.diagnostics, ...answer.diagnostics] };
  }

  /** Deletes one document. @param key `resourceKey` @throws StoreRefusal `not_found` */
  delete(key: string, options: Omit<ApplyOptions, 'prune'>): Promise<ApplyAnswer> {
    return this.#change((stored) => planDeletion(stored, key), {
      ...options,
      action: 'delete',
      lines: new Map(),
      request: { action: 'delete', key },
    });
  }

  /** The state in force. */
  state(): Promise<MeshState> {
    return this.#deps.database.read((session) => this.#deps.states.current(session));
  }

  revisions(limit: number, before?: number): Promise<RevisionEntry[]> {
    return this.#deps.database.read((session) => listRevisions(session, limit, before));
  }

  revision(number: number): Promise<RevisionDetail | undefined> {
    return this.#deps.database.read((session) => findRevision(session, number, this.#deps.keys(session).vault));
  }

  async #change(
    plan: (stored: ResourceSet, revision: number) => ChangePlan,
    options: ChangeOptions,
  ): Promise<ApplyAnswer> {
    const { database, states, feed } = this.#deps;
    try {
      const { answer, state, asks } = await database.alone(async (session) => {
        const before = await states.current(session);
        const planned = plan(before.resources, before.revision + 1);
        refuseOutOfScope(options.by, planned, before);
        const done = await this.#carryOut(session, before, planned, options);
        return { ...done, asks: asksAnew(before, done.state) };
      });
      states.keep(state);
      feed.learn(answer.generation);
      if (answer.results.some(({ outcome }) => outcome !== 'unchanged')) await database.announce();
      // Who waits for the revision waits for the keys of its issuers too, as far as they answer.
      const generation = asks ? await this.#deps.issuers.look() : undefined;
      return generation === undefined ? answer : { ...answer, generation };
    } catch (error) {
      if (error instanceof DryRun) return error.answer;
      throw error;
    }
  }

  async #carryOut(
    session: Session,
    before: MeshState,
    plan: ChangePlan,
    options: ChangeOptions,
  ): Promise<{ answer: ApplyAnswer; state: MeshState }> {
    // What was approved did change something: that it does not any more is for `judgeTrust` to say.
    if (plan.changes.length === 0 && options.approval === undefined) {
      const generation = (await newestGeneration(session))?.generation ?? 0;
      const diagnostics = located(before.compiled.diagnostics, options.lines);
      return { answer: { revision: before.revision, generation, results: plan.results, diagnostics }, state: before };
    }
    const compiled = this.#deps.states.compile(plan.next);
    const diagnostics = located(compiled.diagnostics, options.lines);
    refuseErrors(diagnostics);
    const { approvals } = this.#deps;
    const verdict = await judgeTrust(session, approvals, before, plan, options, identityIn(before));
    if ('held' in verdict) return this.#held(session, before, { results: plan.results, diagnostics }, verdict.held);
    const state = { revision: before.revision + 1, resources: plan.next, compiled };
    const generation = await this.#commit(session, state, plan, { ...options, detail: verdict.detail });
    const answer = { revision: state.revision, generation, results: plan.results, diagnostics };
    if (options.dryRun) {
      const { wouldWait } = verdict;
      throw new DryRun({ ...answer, revision: before.revision, ...(wouldWait && { wouldWait }) });
    }
    return { answer, state };
  }

  async #held(
    session: Session,
    state: MeshState,
    said: Pick<ApplyAnswer, 'results' | 'diagnostics'>,
    { id, expiresAt }: PendingApproval,
  ): Promise<{ answer: ApplyAnswer; state: MeshState }> {
    const generation = (await newestGeneration(session))?.generation ?? 0;
    return { answer: { revision: state.revision, generation, ...said, pending: id, expiresAt }, state };
  }

  async #commit(
    session: Session,
    state: MeshState,
    { changes }: ChangePlan,
    { by: { actor }, action, detail }: ChangeOptions & { readonly detail: Readonly<Record<string, unknown>> },
  ): Promise<number> {
    const now = this.#deps.ports.clock.now();
    const summary = summarise(changes);
    const { vault } = this.#deps.keys(session);
    await writeChanges(session, changes, vault);
    await addRevision(session, { number: state.revision, at: new Date(now), actor, summary, changes }, vault);
    await addRemovedWorkloads(session, uidsOfDeletedWorkloads(changes), now);
    await forgetJoinedKeys(session, uidsOfDeletedWorkloads(changes));
    const { generation } = await publish(session, state, this.#deps.keys(session), now);
    const subject = `revision ${state.revision}`;
    await appendAudit(session, { at: now, actor, action, subject, detail: { summary, ...detail } });
    return generation;
  }
}

/** Whether an issuer is named whose keys the state before did not need. */
function asksAnew(before: MeshState, after: MeshState): boolean {
  const known = new Set(before.compiled.keySets.map(({ name }) => name));
  return after.compiled.keySets.some(({ name, keys }) => keys === undefined && !known.has(name));
}

function uidsOfDeletedWorkloads(changes: ChangePlan['changes']): string[] {
  return changes.flatMap(({ before, after }) =>
    after === null && before?.kind === 'Workload' && before.metadata.uid ? [before.metadata.uid] : [],
  );
}

/** The SPIFFE ID of a Workload document in this mesh. */
const identityIn =
  ({ compiled }: Pick<MeshState, 'compiled'>) =>
  ({ metadata, spec }: Pick<Resource, 'metadata' | 'spec'>): string =>
    (spec as WorkloadSpec | undefined)?.spiffeId ?? defaultIdentity(compiled.mesh, metadata.namespace, metadata.name);

/** All that was sent counts, what it leaves unchanged too: that two Secrets are equal is nobody's business. */
function refuseOutOfScope(by: Caller, { next, results }: ChangePlan, { resources, compiled }: MeshState): void {
  const documents = results.flatMap((result) => {
    const key = resourceKey({ ...result, metadata: result });
    return [resources.get(key), next.get(key)].filter((document) => document !== undefined);
  });
  const refused = refusedDocuments(by, {
    documents,
    bound: boundWorkloads(meshConfigOf(resources).access ?? []),
    identityOf: identityIn({ compiled }),
  });
  const names = [...new Set(refused)];
  if (names.length === 0) return;
  const more = names.length > SHOWN_REFUSALS ? ` and ${names.length - SHOWN_REFUSALS} more` : '';
  throw new StoreRefusal(
    'forbidden',
    `Nothing was changed. You may not write ${names.slice(0, SHOWN_REFUSALS).join(', ')}${more}. \`gossamer whoami\` lists what you may.`,
  );
}

function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (!first) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const where = first.resource ? `${first.resource}: ` : '';
  throw new StoreRefusal('documents_invalid', `Nothing was applied. ${where}${first.message}${more}`, diagnostics);
}

/** The compiler knows documents, not text: what it says about one that was just sent points at its first line. */
function located(diagnostics: readonly Diagnostic[], lines: ReadonlyMap<string, number>): Diagnostic[] {
  return diagnostics.map((diagnostic) => {
    const line = diagnostic.resource === undefined ? undefined : lines.get(diagnostic.resource);
    return diagnostic.line !== undefined || line === undefined ? diagnostic : { ...diagnostic, line };
  });
}
