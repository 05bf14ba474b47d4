import { meshConfigOf, othersHold } from './access/bindings.ts';
import type { Caller, Role } from './access/permissions.ts';
import { isAdmin } from './access/permissions.ts';
import { anchorsOf } from './access/trust-anchors.ts';
import type { ResourceSet } from './changes.ts';
import type { Database, Session } from './db/database.ts';
import type { PolicyStoreOptions, StorePorts } from './ports.ts';
import { StoreRefusal } from './refusal.ts';
import type { ApprovalEvent } from './repositories/approvals.ts';
import { addApprovalEvent, approvalEventsOf, approvalEventsSince } from './repositories/approvals.ts';
import { appendAudit } from './repositories/audit-log.ts';
import { openText, sealText } from './sealing/sealed-text.ts';

interface Deps {
  readonly database: Database;
  readonly clock: StorePorts['clock'];
  readonly options: Pick<PolicyStoreOptions, 'devMode' | 'keyEncryptionKey'>;
}

/** What is to happen when somebody else has approved it. */
export type HeldRequest =
  | {
      readonly action: 'apply';
      readonly text: string;
      readonly type: 'yaml' | 'json';
      readonly prune: boolean;
      readonly fingerprint: string;
    }
  | { readonly action: 'delete'; readonly key: string; readonly fingerprint: string }
  | { readonly action: 'rotate-key'; readonly activateAfter: number | null }
  | { readonly action: 'revoke-key'; readonly kid: string };

/** A change that waits. */
export interface PendingApproval {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly expiresAt: number;
  readonly actor: string;
  readonly action: HeldRequest['action'];
  /** What is touched, and what it would be; holds no values of Secrets. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Milliseconds. */
export const APPROVAL_LIFETIME = 24 * 3_600_000;
/** Each may be as large as an apply. */
const MOST_PENDING = 20;

/** Changes of trust anchors that a second person has to approve. */
export class Approvals {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Why a change of trust by this actor is carried out at once; undefined: it has to wait for somebody else. */
  atOnceBecause(actor: string, roles: readonly Role[], resources: ResourceSet): string | undefined {
    if (this.#deps.options.devMode) return 'dev mode';
    const others = othersHold(actor, roles, meshConfigOf(resources).access ?? []);
    return others ? undefined : 'nobody else is bound to a role that could approve';
  }

  /** Keeps a change for later. Only inside of `Database.alone`. @throws StoreRefusal `conflict` when too many wait */
  async hold(
    session: Session,
    actor: string,
    request: HeldRequest,
    detail: Readonly<Record<string, unknown>>,
  ): Promise<PendingApproval> {
    const at = this.#deps.clock.now();
    if ((await this.#pending(session)).length >= MOST_PENDING) {
      throw new StoreRefusal('conflict', `${MOST_PENDING} changes wait for approval already. Withdraw one first.`);
    }
    const id = crypto.randomUUID();
    const text = await sealText(JSON.stringify(request), `approval ${id}`, this.#deps.options.keyEncryptionKey);
    const held = { action: request.action, ...detail };
    await addApprovalEvent(session, { approval: id, at, event: 'held', actor, detail: held, request: text });
    await appendAudit(session, { at, actor, action: 'hold', subject: `approval ${id}`, detail: held });
    return { id, at, expiresAt: at + APPROVAL_LIFETIME, actor, action: request.action, detail };
  }

  /** What waits, oldest first. */
  list(): Promise<PendingApproval[]> {
    return this.#deps.database.read((session) => this.#pending(session));
  }

  /**
   * The request that `approver` may let happen now.
   * @throws StoreRefusal `not_found`, `forbidden` for the one who asked and whoever could not do it himself
   */
  async open(id: string, approver: Caller): Promise<PendingApproval & { readonly request: HeldRequest }> {
    const { database, options } = this.#deps;
    const events = await database.read((session) => approvalEventsOf(session, id));
    const pending = this.#pendingOf(events);
    const sealed = events[0]?.request;
    if (pending === undefined || !sealed) throw noSuchApproval();
    if (pending.actor === approver.actor) {
      throw new StoreRefusal('forbidden', 'Whoever asked for a change does not approve it. Somebody else has to.');
    }
    const isKeys = pending.action === 'rotate-key' || pending.action === 'revoke-key';
    if (!isKeys && !isAdmin(approver)) throw new StoreRefusal('forbidden', 'Approving this needs the role admin.');
    const text = await openText(sealed, `approval ${id}`, options.keyEncryptionKey);
    return { ...pending, request: JSON.parse(text) as HeldRequest };
  }

  /** Ends the wait of one's own change; an admin that of anybody. @throws StoreRefusal `not_found`, `forbidden` */
  async withdraw(id: string, caller: Caller): Promise<void> {
    await this.#deps.database.alone(async (session) => {
      const pending = this.#pendingOf(await approvalEventsOf(session, id));
      if (pending === undefined) throw noSuchApproval();
      if (pending.actor !== caller.actor && !isAdmin(caller)) {
        throw new StoreRefusal('forbidden', 'Only who asked for a change withdraws it, or an admin.');
      }
      await this.settle(session, id, 'withdrawn', caller.actor);
    });
  }

  /** Ends the wait, in the transaction that carries the change out: it happens once. @throws StoreRefusal `not_found` */
  async settle(session: Session, id: string, event: 'approved' | 'withdrawn' | 'refused', actor: string, why?: string) {
    if (this.#pendingOf(await approvalEventsOf(session, id)) === undefined) throw noSuchApproval();
    const at = this.#deps.clock.now();
    const detail = why === undefined ? {} : { why };
    await addApprovalEvent(session, { approval: id, at, event, actor, detail, request: null });
    await appendAudit(session, { at, actor, action: `approval-${event}`, subject: `approval ${id}`, detail });
  }

  /** Ends the wait by itself, in a transaction of its own. @throws StoreRefusal `not_found` */
  async end(id: string, event: 'approved' | 'refused', actor: string, why?: string): Promise<void> {
    await this.#deps.database.alone((session) => this.settle(session, id, event, actor, why));
  }

  async #pending(session: Session): Promise<PendingApproval[]> {
    const events = await approvalEventsSince(session, this.#deps.clock.now() - APPROVAL_LIFETIME);
    const byId = Map.groupBy(events, ({ approval }) => approval);
    return [...byId.values()].flatMap((one) => this.#pendingOf(one) ?? []);
  }

  #pendingOf([held, ...later]: readonly ApprovalEvent[]): PendingApproval | undefined {
    if (held?.event !== 'held' || later.length > 0) return undefined;
    const expiresAt = held.at + APPROVAL_LIFETIME;
    if (expiresAt <= this.#deps.clock.now()) return undefined;
    const { action, ...detail } = held.detail;
    return {
      id: held.approval,
      at: held.at,
      expiresAt,
      actor: held.actor,
      action: action as HeldRequest['action'],
      detail,
    };
  }
}

const noSuchApproval = (): StoreRefusal =>
  new StoreRefusal('not_found', 'No change of this name waits (any more). See GET /v1/approvals.');

/** What an approver has to see of the documents' trust, before and after. */
export const shownAnchors = (before: ResourceSet, after: ResourceSet) => ({
  before: anchorsOf(before),
  after: anchorsOf(after),
});
