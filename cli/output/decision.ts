import { askedAgain, type KeptDecision } from '../../snapshot/decision.ts';
import type { Explanation } from '../../snapshot/explanation.ts';
import type { Colours } from './colours.ts';
import { policiesText } from './explanation.ts';
import { printable } from './printable.ts';
import { table } from './table.ts';

/** A decision for people: what happened, who decided and why, and what would happen now. */
export function decisionText(decision: KeptDecision, now: Explanation | undefined, colours: Colours): string {
  const shown = printable(decision);
  const happened = [
    `${shown.method} ${addressOf(shown)} from ${shown.source ?? 'a caller without identity'}`,
    colours.dim(`(revision ${shown.revision}, ${new Date(shown.at).toISOString()}, ${shown.reporter} ${shown.router})`),
  ].join(' ');
  return [
    `${happened}\n`,
    `${verdictText(shown, colours)}\n${shown.detail === undefined ? '' : `  ${shown.detail}\n`}`,
    table(['DECISION', shown.decisionId], factsOf(shown)),
    now === undefined
      ? `${colours.bold('NOT JUDGED AGAIN')}: what it was refused for is not kept.\n`
      : nowText(shown, now, colours),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const addressOf = ({ scheme, authority, path }: KeptDecision): string =>
  authority === '' ? '(an address that could not be read)' : `${scheme}://${authority}${path}`;

function verdictText({ reason, status, check }: KeptDecision, colours: Colours): string {
  const words = [reason === undefined ? 'ANSWERED' : 'REFUSED', status, reason, check && `(${check})`];
  const text = words.filter((word) => word !== undefined).join(' ');
  return colours.bold(reason === undefined ? colours.green(text) : colours.red(text));
}

/** What is known, each with its label. */
function factsOf(decision: KeptDecision): string[][] {
  const { gateway, strength, via, endUser, remoteAddress, destination, route, backend, authorization, shadow, limits } =
    decision;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['gateway', gateway],
    ['identity', strength && `proven as ${strength}`],
    ['via', via && via.length > 0 ? via.join(' → ') : undefined],
    ['end user', endUser && onOneLine(endUser)],
    ['address', remoteAddress],
    ['service', destination],
    ['route', route],
    [
      'policies',
      authorization && `${authorization.decision}, decided by ${authorization.decidedBy}: ${authorization.why}`,
    ],
    ['in shadow', shadow && `would ${shadow.would}, by ${shadow.decidedBy}`],
    ['rate limits', limits?.map(({ limit, outcome }) => `${limit}: ${LIMIT_WORDS[outcome]}`).join('; ')],
    ['backend', backend],
    ['tries', triesText(decision)],
    ['took', `${decision.duration.toFixed(1)} ms`],
  ];
  return facts.flatMap(([label, value]) => (value === undefined ? [] : [[label, value]]));
}

const LIMIT_WORDS = {
  refused: 'no room',
  shadow: 'no room, but in shadow',
  unknown: 'the counter store could not be asked',
};

/** Of an issuer's text neither a line break nor what turns the direction of writing may make up other facts. */
const onOneLine = (text: string): string => text.replace(/[\n\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');

const triesText = ({ attempts }: KeptDecision): string | undefined =>
  attempts.length === 0
    ? undefined
    : attempts.map(({ endpoint, status, failure }) => `${endpoint}: ${status ?? failure ?? 'no answer'}`).join('; ');

function nowText(decision: KeptDecision, now: Explanation, colours: Colours): string {
  const policies = policiesText(now, colours);
  const unknown = colours.dim(`  ${unknownText(decision)}`);
  return `${colours.bold('NOW')} ${sinceText(decision, now)}\n  ${now.summary}\n${unknown}\n${policies === '' ? '' : `\n${policies}`}`;
}

const unknownText = (decision: KeptDecision): string =>
  askedAgain(decision).claims === undefined
    ? 'Judged without query, headers and claims of the request: they are not kept.'
    : 'Judged for the same end user, without query, headers and further claims of the request: they are not kept.';

/** Whether the policies of today would decide otherwise. */
function sinceText({ reason, status, revision }: KeptDecision, now: Explanation): string {
  const refused = now.verdict === 'refused';
  const which = now.revision === revision ? 'by the same revision' : `by the policies of revision ${now.revision}`;
  const words = [now.status, now.reason].filter((word) => word !== undefined).join(' ');
  if (reason === undefined) return refused ? `it would be refused ${which} (${words})` : 'it would go through again';
  if (!refused) return `it would be ${now.verdict} ${which}`;
  return now.reason === reason && now.status === status
    ? `it would be refused the same way (revision ${now.revision})`
    : `it would be refused in another way ${which} (${words})`;
}
