import type { StageResult } from '../exchange.ts';
import type { Arrival, Routed, Screened } from '../facts.ts';
import { corsPolicyOf, isPreflight, preflightAnswer } from '../routing/cors.ts';

/**
 * Answers a browser's preflight where the rule has a CORS filter. Before `authorize`, because browsers send no
 * credentials along with it: it asks what the policy says to a page, and does nothing.
 */
export function answerPreflight(
  facts: Pick<Arrival, 'request'> & Pick<Screened, 'headers'> & Pick<Routed, 'rule' | 'backend'>,
): StageResult<object> {
  const { request, headers, rule, backend } = facts;
  if (!isPreflight({ method: request.method, headers })) return;
  const filters = [...(rule?.filters ?? []), ...(backend?.filters ?? [])];
  const policy = corsPolicyOf(filters);
  // A filter that can not be resolved is an error answer, never skipped: filter-request gives it.
  if (policy === undefined || filters.some(({ type }) => type === 'Invalid')) return;
  return preflightAnswer(policy, headers);
}
