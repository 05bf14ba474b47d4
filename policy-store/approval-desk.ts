import type { Caller } from './access/permissions.ts';
import { DECIDING_ROLES } from './access/trust-anchors.ts';
import type { Approvals, HeldRequest, PendingApproval } from './approvals.ts';
import type { Database } from './db/database.ts';
import type { Documents } from './documents.ts';
import type { KeyRing } from './key-ring.ts';
import { StoreRefusal } from './refusal.ts';

interface Deps {
  readonly database: Database;
  readonly approvals: Approvals;
  readonly documents: Documents;
  readonly keyRing: KeyRing;
}

/** What came of a change that was approved. */
export interface ApprovedAnswer {
  readonly approved: string;
  readonly generation: number;
}

/** Where changes of trust wait, and are let happen. */
export class ApprovalDesk {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  list(): Promise<PendingApproval[]> {
    return this.#deps.approvals.list();
  }

  /**
   * Keeps a change of the manifest keys, which all routers trust, until somebody else approves it.
   * @returns undefined when it may happen at once
   */
  async holdKeyChange(
    caller: Caller,
    request: Extract<HeldRequest, { action: 'rotate-key' | 'revoke-key' }>,
  ): Promise<PendingApproval | undefined> {
    const { database, approvals, documents } = this.#deps;
    const { resources } = await documents.state();
    if (approvals.atOnceBecause(caller.actor, DECIDING_ROLES, resources) !== undefined) return undefined;
    const detail = { anchors: ['manifest key'], ...('kid' in request && { kid: request.kid }) };
    return database.alone((session) => approvals.hold(session, caller.actor, request, detail));
  }

  /**
   * Carries out what waits, judged anew: by the state of now, and by what the approver may.
   * @throws StoreRefusal `not_found`, `forbidden`, and whatever the change itself is refused with; then it waits no longer
   */
  async approve(id: string, caller: Caller): Promise<ApprovedAnswer> {
    const { approvals } = this.#deps;
    const { request, actor } = await approvals.open(id, caller);
    try {
      return { approved: id, generation: await this.#carryOut(id, request, actor, caller) };
    } catch (error) {
      if (error instanceof StoreRefusal && error.status < 500) {
        await approvals.end(id, 'refused', caller.actor, error.code).catch(() => {});
      }
      throw error;
    }
  }

  /** Takes back what waits. @throws StoreRefusal `not_found`, `forbidden` for whoever neither asked for it nor is admin */
  withdraw(id: string, caller: Caller): Promise<void> {
    return this.#deps.approvals.withdraw(id, caller);
  }

  async #carryOut(id: string, request: HeldRequest, actor: string, approver: Caller): Promise<number> {
    const { documents, keyRing, approvals } = this.#deps;
    if (request.action === 'rotate-key' || request.action === 'revoke-key') {
      await approvals.end(id, 'approved', approver.actor);
      if (request.action === 'revoke-key') return (await keyRing.revoke(request.kid, actor)).generation;
      return (await keyRing.rotate('manifest', request.activateAfter ?? undefined, actor)).generation;
    }
    const { fingerprint } = request;
    const options = { by: { actor, grants: approver.grants }, approval: { id, by: approver.actor, fingerprint } };
    if (request.action === 'delete') return (await documents.delete(request.key, options)).generation;
    return (await documents.apply(request.text, request.type, { ...options, prune: request.prune })).generation;
  }
}
