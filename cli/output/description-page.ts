import type { Condition, Resource } from '../../policy-store/resources/resource.ts';
import type { PolicyDescription } from '../description/policy-description.ts';
import type {
  AttachmentDescription,
  BackendDescription,
  ParentDescription,
  RuleDescription,
} from '../description/route-description.ts';
import { kindAndGroup } from '../resource-name.ts';
import type { Colours } from './colours.ts';
import { age, table } from './table.ts';
import { ruleWords } from './traffic.ts';

type Row = readonly string[];

/** ` https port 443`: the part of a parent that is meant; empty when all of it is. */
export const placeText = ({ section, port }: Pick<ParentDescription, 'section' | 'port'>): string =>
  [section === undefined ? '' : ` ${section}`, port === undefined ? '' : ` port ${port}`].join('');

/** Sections of one page, in the order in which they are added. */
export class Page {
  readonly #colours: Colours;
  readonly #sections: string[] = [];

  constructor(colours: Colours) {
    this.#colours = colours;
  }

  toString(): string {
    return this.#sections.join('\n');
  }

  head(documents: readonly Resource[], now: number, facts: readonly Row[]): void {
    const [first] = documents;
    const { namespace = '', name = '' } = first?.metadata ?? {};
    const title = `${first?.kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
    const marks = (member: 'labels' | 'annotations'): string =>
      documents
        .flatMap(({ metadata }) => Object.entries(metadata[member] ?? {}))
        .map(([key, value]) => `${key}=${value}`)
        .join(', ');
    const rows = [
      ['Kind', documents.map(kindAndGroup).join(' and ')],
      ['Labels', marks('labels')],
      ['Annotations', marks('annotations')],
      ['Age', age(first?.metadata.creationTimestamp, now)],
      ...facts,
    ].filter(([, value]) => value !== '');
    this.#sections.push(`${this.#colours.bold(title)}\n${indented(table(rows[0] ?? [], rows.slice(1)))}`);
  }

  text(title: string, text: string): void {
    this.#sections.push(`${this.#colours.bold(title)}\n${indented(text)}`);
  }

  lines(title: string, lines: readonly string[], none = ''): void {
    this.text(title, (lines.length === 0 ? [none] : lines).map((line) => `${line}\n`).join(''));
  }

  table(title: string, headings: Row, rows: readonly Row[], none = 'none'): void {
    if (rows.length === 0) this.lines(title, [none]);
    else this.text(title, table(headings, rows));
  }

  routes(routes: readonly AttachmentDescription[], none: string): void {
    const lines = routes.flatMap((attached) => {
      const hosts = attached.hostnames.length === 0 ? '' : ` for ${attached.hostnames.join(', ')}`;
      const head = `${attached.route}${placeText(attached)}${hosts}   ${this.state(attached.conditions)}`;
      return [head, ...attached.rules.flatMap((rule) => this.rule(rule)).map((line) => `  ${line}`)];
    });
    this.lines('ROUTES', lines, none);
  }

  /** A rule, and a line for each of its backends. */
  rule({ rule, name, matches, filters, backends, timeouts, retry, traffic = {} }: RuleDescription): string[] {
    const when = matches.length === 0 ? 'every request' : matches.map((match) => match || 'every request').join(' or ');
    const how = [
      ...filters,
      timeouts?.request && `timeout ${timeouts.request}`,
      timeouts?.backendRequest && `one try ${timeouts.backendRequest}`,
      retry?.attempts && `retries ${retry.attempts}`,
      ...ruleWords(traffic),
    ].filter(Boolean);
    const head = `${rule}${name === undefined ? '' : ` ${name}`}: ${when}${how.length === 0 ? '' : `   [${how.join(', ')}]`}`;
    const rows = backends.map((backend) => this.#backend(backend));
    const [first = [], ...rest] = rows;
    return [head, ...(rows.length === 0 ? [] : indented(table(first, rest)).trimEnd().split('\n'))];
  }

  #backend({ service, port, weight, share, resolved, problem }: BackendDescription): Row {
    const state =
      resolved === null
        ? this.#colours.dim('not attached')
        : resolved
          ? this.#good('resolved')
          : this.#bad(problem ?? '');
    return [
      '→',
      `${service}${port === undefined ? '' : `:${port}`}`,
      `${(share * 100).toFixed(1)} % (weight ${weight})`,
      state,
    ];
  }

  policies(policies: readonly PolicyDescription[], none: string): void {
    const rows = policies.map(({ policy, action, scope, rules, shadow, invalid }) => [
      policy,
      shadow ? `${action} (shadow)` : action,
      scope,
      invalid === undefined ? rules.join('; ') || 'never holds' : this.#bad(`not readable: ${invalid}`),
    ]);
    this.table('POLICIES', ['POLICY', 'ACTION', 'FOR', 'RULES'], rows, none);
  }

  conditions(document: Resource, named: boolean): void {
    const rows = (document.status?.conditions ?? []).map(({ type, status, reason, message }) => [
      type,
      status === 'True' ? this.#good(status) : this.#bad(status),
      reason,
      message || '-',
    ]);
    const title = named ? `CONDITIONS of ${kindAndGroup(document)}` : 'CONDITIONS';
    this.table(title, ['TYPE', 'STATUS', 'REASON', 'MESSAGE'], rows);
  }

  /** `Accepted`, or the reason and message of what is not well. `Conflicted` is the one that is better false. */
  state(conditions: readonly Condition[]): string {
    const bad = conditions.find(({ type, status }) => (status === 'True') === (type === 'Conflicted'));
    if (bad !== undefined) return this.#bad(bad.message === '' ? bad.reason : `${bad.reason}: ${bad.message}`);
    return conditions.length === 0 ? '-' : this.#good('Accepted');
  }

  #good(text: string): string {
    return this.#colours.green(text);
  }

  #bad(text: string): string {
    return this.#colours.red(text);
  }
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');
