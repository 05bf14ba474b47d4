import { decide } from '../authorization/decide.ts';
import { Permit } from '../authorization/permit.ts';
import { tryShadow } from '../authorization/shadow.ts';
import { trialsOf, type Undecided } from '../authorization/trials.ts';
import { Refusal, type StageResult } from '../exchange.ts';
import type { Authorized } from '../facts.ts';

/**
 * Whether the policies let this caller do this. The caller learns that they do not, but not which one or why. Policies
 * in shadow have no say; what they would have said is recorded.
 */
export function authorize(facts: Undecided): StageResult<Authorized> {
  const decision = decide(trialsOf(facts));
  const shadow = tryShadow(facts, decision instanceof Permit);
  if (decision instanceof Permit) return shadow === undefined ? { permit: decision } : { permit: decision, shadow };
  return new Refusal(
    'permission_denied',
    'The policies of the mesh do not allow this call. Its operators can ask `gossamer explain` for the deciding one.',
    {
      internal: `${decision.why} (decided by ${decision.decidedBy})`,
      decidedBy: decision.decidedBy,
      ...(shadow && { shadow }),
    },
  );
}
