import type { ShadowVerdict } from '../telemetry/record.ts';
import type { CompiledPolicies } from './compile.ts';
import { judgeAll } from './judge.ts';
import { trialsOf, type Undecided } from './trials.ts';

/**
 * What would be decided if the policies in shadow were in force. Undefined: none of them has a say.
 * @param allowed what was decided without them
 */
export function tryShadow(facts: Undecided, allowed: boolean): ShadowVerdict | undefined {
  if (!hasShadow(facts)) return undefined;
  const tried = judgeAll(trialsOf(facts, 'tried'));
  return { would: tried.allowed ? 'allow' : 'deny', decidedBy: tried.decidedBy, flips: tried.allowed !== allowed };
}

/** Asked on every request: no lists are made. */
function hasShadow({ service, widerPolicies, gatewayPolicies, backend }: Undecided): boolean {
  if (isTried(gatewayPolicies) || isTried(service?.policies) || widerPolicies?.some(isTried)) return true;
  return isTried(backend?.service.policies) || backend?.widerPolicies.some(isTried) === true;
}

const isTried = (policies: CompiledPolicies | undefined): boolean => policies?.tried !== undefined;
