import { asc, eq, gt } from 'drizzle-orm';
import type { Session } from '../db/database.ts';
import { approvalEvents } from '../db/schema.ts';

/** What happened to a change that had to wait. */
export interface ApprovalEvent {
  readonly approval: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly event: 'held' | 'approved' | 'withdrawn' | 'refused';
  readonly actor: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Sealed. */
  readonly request: string | null;
}

export async function addApprovalEvent(session: Session, event: ApprovalEvent): Promise<void> {
  await session.insert(approvalEvents).values({ ...event, at: new Date(event.at) });
}

/** Events of one approval, oldest first. */
export async function approvalEventsOf(session: Session, approval: string): Promise<ApprovalEvent[]> {
  const rows = await session
    .select()
    .from(approvalEvents)
    .where(eq(approvalEvents.approval, approval))
    .orderBy(asc(approvalEvents.number));
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}

/** Events after a moment, oldest first. */
export async function approvalEventsSince(session: Session, at: number): Promise<ApprovalEvent[]> {
  const rows = await session
    .select()
    .from(approvalEvents)
    .where(gt(approvalEvents.at, new Date(at)))
    .orderBy(asc(approvalEvents.number));
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}
