import type { ExplainRequest, Explanation } from '../../snapshot/explanation.ts';
import type { Colours } from './colours.ts';
import { table } from './table.ts';

/** An explanation for people: the verdict, the stages, the rule with its runners-up, the policies. */
export function explanationText(ask: ExplainRequest, answer: Explanation, colours: Colours): string {
  const via = ask.gateway === undefined ? '' : ` through Gateway ${ask.gateway}`;
  const caller = ask.gateway === undefined ? (ask.from ?? 'a caller without identity') : 'outside';
  return [
    `${ask.method} ${ask.url} from ${caller}${via} ${colours.dim(`(revision ${answer.revision})`)}\n`,
    `${verdictText(answer, colours)}\n  ${answer.summary}\n`,
    stagesText(answer, colours),
    routeText(answer, colours),
    policiesText(answer, colours),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function verdictText({ verdict, status, reason }: Explanation, colours: Colours): string {
  const words = [verdict.toUpperCase(), status, reason].filter((word) => word !== undefined).join(' ');
  return colours.bold(verdict === 'refused' ? colours.red(words) : colours.green(words));
}

function stagesText({ steps }: Explanation, colours: Colours): string {
  const rows = steps.map(({ stage, outcome, summary }) => [
    outcome === 'pass' ? colours.green('✓') : colours.red('✗'),
    stage,
    summary,
  ]);
  return section('STAGES', rows, colours);
}

function routeText({ route }: Explanation, colours: Colours): string {
  if (route === undefined) return '';
  const backends = route.backends.map(({ service, weight, share }) => [
    '→',
    service,
    `${(share * 100).toFixed(1)} % (weight ${weight})`,
  ]);
  const losers = route.losers.map(({ match, because }) => [colours.dim('·'), match, `not chosen: ${because}`]);
  return section(`RULE ${route.match}`, [...backends, ...losers], colours);
}

/** What every policy that has a say said. */
export function policiesText({ authorization }: Explanation, colours: Colours): string {
  if (authorization === undefined) return '';
  const rows = authorization.policies.map(({ policy, action, matched, why }) => [
    matched ? colours.green('✓') : colours.dim('·'),
    policy,
    action,
    why,
  ]);
  const { decision, decidedBy, shadow } = authorization;
  const tried = shadow ? `; with those in shadow ${shadow.decision}, by ${shadow.decidedBy}` : '';
  return section(`AUTHORIZATION ${decision}, decided by ${decidedBy}${tried}`, rows, colours);
}

function section(title: string, rows: readonly (readonly string[])[], colours: Colours): string {
  const [first = [], ...rest] = rows;
  const body = rows.length === 0 ? '' : table(first, rest).replace(/^/gm, '  ').trimEnd();
  return `${colours.bold(title)}\n${body === '' ? '' : `${body}\n`}`;
}
