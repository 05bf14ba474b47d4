import type {
  CallerVerdict,
  ReachedBy,
  ServiceAccess,
  WhatCan,
  WhoCan,
  WhoCanRequest,
} from '../../snapshot/inquiry.ts';
import type { Colours } from './colours.ts';
import { printable } from './printable.ts';
import { table } from './table.ts';

/** Who may make a call, for people: those who may first, each with the policy that decides. */
export function whoCanText(ask: WhoCanRequest, answer: WhoCan, colours: Colours): string {
  const { revision, stopped, callers, nobody, unknown, others, total } = printable(answer);
  const head = `${ask.method} ${ask.url} ${colours.dim(`(revision ${revision})`)}\n`;
  if (stopped !== undefined)
    return `${head}\n${colours.bold(colours.red('NOBODY'))} ${stopped.reason}\n  ${stopped.summary}\n`;
  const may = callers.filter((caller) => caller.may !== 'no');
  const rest = [nobody, unknown].flatMap((caller, index) =>
    caller === undefined ? [] : [[STRANGERS[index] ?? '', caller.may, decisionText(caller)]],
  );
  const kept = callers.filter((caller) => caller.may === 'no');
  const left = total - callers.length;
  return [
    head,
    section(`MAY (${may.length})`, may.map(callerRow), colours),
    section(`MAY NOT (${kept.length})`, kept.map(callerRow), colours),
    left > 0 ? `${colours.dim(`${left} more identities were not judged.`)}\n` : '',
    section('OTHERS', rest, colours),
    others.length === 0
      ? ''
      : section(
          'RULES THAT LET IN WHOEVER FITS',
          others.map(({ policy, rule, from }) => [policy, `rule ${rule}`, from]),
          colours,
        ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const STRANGERS = ['a caller without identity', 'an identity that no document names'];

const callerRow = (caller: CallerVerdict): string[] => [
  caller.principal ?? '',
  caller.of.join(', '),
  decisionText(caller),
];

function decisionText({ may, decidedBy, reason }: CallerVerdict): string {
  const by = decidedBy === undefined ? '' : `by ${decidedBy}`;
  const partly = may === 'partly' ? 'not at every backend' : '';
  return [partly, by, reason && may !== 'no' ? `but the call ends with ${reason}` : reason].filter(Boolean).join(', ');
}

/** What a caller may do, for people: service by service. */
export function whatCanText(answer: WhatCan, colours: Colours): string {
  const { principal, of, revision, refused, services } = printable(answer);
  const holders = of.length === 0 ? 'no document gives it out' : of.join(', ');
  const head = `${principal} ${colours.dim(`(${holders}; revision ${revision})`)}\n`;
  if (refused !== undefined) return `${head}\n${colours.bold(colours.red('NOTHING'))}\n  ${refused}\n`;
  const reached = services.filter(({ access }) => access !== 'none');
  const closed = services.filter(({ access }) => access === 'none');
  return [
    head,
    ...reached.map((service) => serviceText(service, colours)),
    closed.length === 0
      ? ''
      : section(
          `NOTHING AT (${closed.length})`,
          closed.map(({ service, denies }) => [service, denies.map(({ policy }) => `DENY ${policy}`).join(', ')]),
          colours,
        ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function serviceText({ service, access, allows, denies, backends }: ServiceAccess, colours: Colours): string {
  const title = `${service} ${access === 'all' ? 'everything' : 'some'}`;
  const rows = [
    ...allows.flatMap((rule) => ruleRows('may', rule)),
    ...denies.flatMap((rule) => ruleRows('not', rule)),
    ...backends.map((backend) => ['but', `its backend ${backend.service} lets ${backend.access} of it pass`, '']),
  ];
  return section(title, rows, colours);
}

const ruleRows = (word: string, { policy, rule, to, when }: ReachedBy): string[][] => {
  const by = rule === undefined ? policy : `${policy} rule ${rule}`;
  const condition = when.length === 0 ? '' : ` when ${when.join(' and ')}`;
  return (to.length === 0 ? ['everything'] : to).map((what) => [word, `${what}${condition}`, by]);
};

function section(title: string, rows: readonly (readonly string[])[], colours: Colours): string {
  const [first = [], ...rest] = rows;
  const body = rows.length === 0 ? '' : table(first, rest).replace(/^/gm, '  ').trimEnd();
  return `${colours.bold(title)}\n${body === '' ? '' : `${body}\n`}`;
}
