import type { Caller } from './access/permissions.ts';
import { fingerprintOf, touchedAnchors } from './access/trust-anchors.ts';
import type { HeldRequest, PendingApproval } from './approvals.ts';
import { type Approvals, shownAnchors } from './approvals.ts';
import type { ChangePlan } from './changes.ts';
import type { Session } from './db/database.ts';
import type { MeshState } from './mesh-state.ts';
import { StoreRefusal } from './refusal.ts';
import type { Resource } from './resources/resource.ts';

/** That a change was approved, and which. */
export interface ApprovedAs {
  readonly id: string;
  /** Who approved. */
  readonly by: string;
  /** Of the changes that were held. */
  readonly fingerprint: string;
}

type Unmarked<T> = T extends { readonly fingerprint: string } ? Omit<T, 'fingerprint'> : never;

/** A change of documents as it was asked for. */
export interface AskedChange {
  readonly by: Caller;
  readonly dryRun?: boolean;
  /** The program's own: it may everything at once. */
  readonly local?: boolean;
  readonly approval?: ApprovedAs;
  /** To be carried out later, if it has to wait. */
  readonly request: Unmarked<HeldRequest>;
}

/** What is to be done with a change: keep it until it is approved, or carry it out and write this down. */
export type TrustVerdict =
  | { readonly held: PendingApproval }
  /** `wouldWait`: after a dry run, the trust anchors for whose sake it would be held. */
  | { readonly detail: Readonly<Record<string, unknown>>; readonly wouldWait?: readonly string[] };

/**
 * Judges a change of documents by what of the mesh's trust it touches. Only inside of `Database.alone`.
 * @throws StoreRefusal `conflict` when it is not (any more) the change that was approved
 */
export async function judgeTrust(
  session: Session,
  approvals: Approvals,
  before: MeshState,
  plan: ChangePlan,
  asked: AskedChange,
  identityOf: (workload: Pick<Resource, 'metadata' | 'spec'>) => string,
): Promise<TrustVerdict> {
  const { approval, by, request } = asked;
  const fingerprint = await fingerprintOf(plan.changes);
  if (approval !== undefined) {
    await approvals.settle(session, approval.id, 'approved', approval.by);
    if (approval.fingerprint !== fingerprint) throw movedOn();
    return { detail: { approval: approval.id, approvedBy: approval.by } };
  }
  const anchors = touchedAnchors(before.resources, plan.next, plan.changes, identityOf);
  if (anchors.length === 0) return { detail: {} };
  const because = asked.local ? 'startup' : approvals.atOnceBecause(by.actor, ['admin'], before.resources);
  if (asked.dryRun) return { detail: {}, ...(because === undefined && { wouldWait: anchors }) };
  if (because !== undefined) return { detail: { anchors, withoutApproval: because } };
  const held = await approvals.hold(session, by.actor, { ...request, fingerprint } as HeldRequest, {
    anchors,
    ...shownAnchors(before.resources, plan.next),
    changes: plan.changes.slice(0, SHOWN).map(({ outcome, key }) => `${key} ${outcome}`),
    changed: plan.changes.length,
  });
  return { held };
}

/** Changes that an approver is shown. */
const SHOWN = 200;

const movedOn = (): StoreRefusal =>
  new StoreRefusal(
    'conflict',
    'The documents were changed since this was held, so it is not the change that was shown. Apply it again.',
  );
