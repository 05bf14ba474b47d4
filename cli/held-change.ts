import { isRecord } from './admin-client.ts';
import type { CliContext } from './context.ts';

/** A change of what the mesh trusts that the store keeps until somebody else approves it: nothing is changed yet. */
export interface HeldChange {
  readonly pending: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** What an answer of status 202 says; undefined: it happened. */
export function heldChange(answer: unknown): HeldChange | undefined {
  if (!isRecord(answer) || typeof answer.pending !== 'string') return undefined;
  const { pending, expiresAt } = answer;
  return { pending, ...(typeof expiresAt === 'number' && { expiresAt }) };
}

/**
 * Says on stderr what waits and who has to do what. The command ends with 1: a script must not go on as if it were in force.
 * @param what like `nothing is applied yet`
 */
export function showHeld(context: CliContext, what: string, { pending, expiresAt }: HeldChange): void {
  context.outcome = 1;
  const until = expiresAt === undefined ? '' : ` until ${new Date(expiresAt).toISOString()}`;
  context.process.stderr.write(
    `gossamer: ${what}: this changes whom the mesh trusts, and somebody else has to approve it${until}\n` +
      `They run: gossamer approve ${pending}\n`,
  );
}
