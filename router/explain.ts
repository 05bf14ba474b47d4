import type { ExplainRequest, Explanation } from '../snapshot/explanation.ts';
import { LocalAnswer, Refusal } from './exchange.ts';
import type { ExplainedSnapshot } from './explain/entry.ts';
import { losersOf, matchText } from './explain/matches.ts';
import { questionOf } from './explain/question.ts';
import { authorizationOf, backendName, type Question, type Share, sharesOf } from './explain/shares.ts';
import { Telling } from './explain/telling.ts';
import { findRule } from './routing/choose.ts';
import type { CompiledTable } from './routing/compile.ts';
import type { FoundMatch } from './routing/match.ts';

/**
 * What would happen to a request, and why, by the functions that would decide it. Nothing is sent and nothing is left
 * to chance: every backend with a share is followed.
 */
export async function explain(snapshot: ExplainedSnapshot, ask: ExplainRequest): Promise<Explanation> {
  const telling = new Telling(snapshot.revision);
  const question = await questionOf(snapshot, ask, telling);
  return 'verdict' in question ? question : decideAndTell(question, telling);
}

async function decideAndTell(question: Question, telling: Telling): Promise<Explanation> {
  const { table, path, query, headers, request } = question;
  const input = { path, query, headers, method: request.method };
  const found = table === null ? null : findRule(table, input);
  if (table !== null)
    telling.learn({ route: routeOf(table, found ?? undefined, losersOf(table, found?.match, input)) });
  if (found === undefined) {
    return telling.refused(
      'match-route',
      new Refusal('route_not_found', 'Routes are attached, but no rule of them matches.'),
    );
  }
  const shares = await sharesOf(question, found);
  const authorization = authorizationOf(shares);
  if (authorization !== undefined) telling.learn({ authorization });
  return conclude(telling, found, shares, authorization?.decidedBy);
}

function routeOf(
  table: CompiledTable,
  found: FoundMatch | undefined,
  losers: NonNullable<Explanation['route']>['losers'],
): NonNullable<Explanation['route']> {
  if (found === undefined) return { rule: 'none', match: 'none', backends: [], losers };
  const { rule, match } = found;
  const backends = rule.backends.map((backend) => ({
    service: backendName(backend),
    weight: backend.weight,
    share: rule.totalWeight === 0 ? 0 : backend.weight / rule.totalWeight,
  }));
  return { rule: rule.name, match: matchText(table, match), backends, losers };
}

/** Stages that only calls come to that were allowed. */
const BEHIND_AUTHORIZE = new Set(['inject-fault', 'filter-request', 'forward']);

/** One verdict for all shares: forwarded if any is, else the fate of the largest. */
function conclude(
  telling: Telling,
  found: FoundMatch | null,
  shares: readonly Share[],
  decidedBy = 'mesh default',
): Explanation {
  const [largest] = [...shares].sort((a, b) => b.share - a.share);
  if (largest === undefined) {
    const why = `${found?.rule.name ?? 'The rule'} has no backend with a weight above 0.`;
    return telling.refused('match-route', new Refusal('backend_invalid', why));
  }
  const forwarded = shares.filter((share) => share.stop === undefined);
  const { stop } = forwarded[0] ?? largest;
  if (stop?.stage !== 'match-route') {
    telling.pass(
      'match-route',
      found === null ? 'No route is attached: the service itself.' : `${found.rule.name} matches.`,
    );
  }
  if (stop === undefined || BEHIND_AUTHORIZE.has(stop.stage)) telling.pass('authorize', `Allowed (${decidedBy}).`);
  const limits = [...new Set(shares.flatMap(({ met }) => met.limits))];
  if (limits.length > 0) telling.pass('limit-rate', `While there is room: ${limits.join('; ')}.`);
  const faults = [...new Set(shares.flatMap(({ met }) => met.faults))];
  if (faults.length > 0 && stop?.stage !== 'inject-fault')
    telling.pass('inject-fault', `By chance: ${faults.join('; ')}.`);
  const copies = [...new Set(forwarded.flatMap((share) => share.copies))];
  if (copies.length > 0) telling.pass('mirror', sentence(copies));
  if (stop === undefined) return telling.forwarded(sentence(shares.map(shareText)));
  return stop.stop instanceof LocalAnswer
    ? telling.answered(stop.stage, stop.stop)
    : telling.refused(stop.stage, stop.stop);
}

function sentence(parts: readonly string[]): string {
  const text = `${parts.join('; ')}.`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function shareText({ to, share, stop, outbound }: Share): string {
  const percent = share === 1 ? '' : `${Number((share * 100).toFixed(2))}% `;
  if (stop?.stop instanceof Refusal)
    return `${percent}for ${to} refused (${stop.stop.reason}: ${stop.stop.internal ?? stop.stop.detail})`;
  if (stop !== undefined) return `${percent}answered with ${stop.stop.status} by a filter of the backend ${to}`;
  return `${percent}forwarded to ${to} as ${outbound?.authority}${outbound?.target}`;
}
