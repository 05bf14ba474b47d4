import type { AuthorizationPolicy, AuthorizationRule } from '../../../snapshot/policy.ts';
import { blockCovers, blockDisjoint } from './patterns/address-block.ts';
import { pathCovers, pathDisjoint } from './patterns/path-pattern.ts';
import { textCovers, textDisjoint } from './patterns/text-pattern.ts';

/** What one attribute of a call must be. */
export interface Constraint {
  /** `principal`, `path`, `request.headers[x]`, ... */
  readonly attribute: string;
  /** As its author wrote it: `source.principals`, `when source.principal`. */
  readonly field: string;
  /** One of these; undefined: any value. */
  readonly within: readonly string[] | undefined;
  /** None of these. */
  readonly without: readonly string[];
}

/** Calls that hold to every constraint. A rule names the calls of its alternatives together. */
export type Calls = readonly Constraint[];

/** Alternatives of one rule that are looked at; of a longer rule nothing is claimed. */
const MAX_ALTERNATIVES = 256;

/** Member of a source, operation or `when` -> attribute. What stands for one attribute under two names is one. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  principals: 'principal',
  'source.principal': 'principal',
  namespaces: 'namespace',
  'source.namespace': 'namespace',
  serviceAccounts: 'account',
  'source.serviceAccount': 'account',
  via: 'via',
  'source.via': 'via',
  authn: 'authn',
  'source.authn': 'authn',
  trustDomains: 'trustDomain',
  'source.trustDomain': 'trustDomain',
  ipBlocks: 'peer',
  'source.ip': 'peer',
  remoteIpBlocks: 'client',
  'remote.ip': 'client',
  hosts: 'host',
  ports: 'port',
  'destination.port': 'port',
  methods: 'method',
  paths: 'path',
};

/** What every call has: excluding all of it leaves nothing. */
const ALWAYS_THERE = new Set(['method', 'path', 'host']);

/** Of these a call has several values, or none: two conditions may be met by different ones. */
const hasSeveralValues = (attribute: string): boolean =>
  !Object.values(ATTRIBUTES).includes(attribute) || attribute === 'via';

interface Relation {
  covers(wide: string, narrow: string): boolean;
  disjoint(one: string, other: string): boolean;
}

const TEXT: Relation = { covers: textCovers, disjoint: textDisjoint };
const EXACT: Relation = { covers: (a, b) => a === b, disjoint: (a, b) => a !== b };
const PATH: Relation = { covers: pathCovers, disjoint: pathDisjoint };
const BLOCK: Relation = { covers: blockCovers, disjoint: blockDisjoint };
const namesPort = (host: string): boolean => /:(?:\d+|\d*\*)$/.test(host);
/** A host with a port is compared with another text than one without. */
const HOST: Relation = {
  covers: (a, b) => a === b || (!namesPort(a) && !namesPort(b) && textCovers(a, b)),
  disjoint: (a, b) => !namesPort(a) && !namesPort(b) && textDisjoint(a, b),
};

const RELATIONS: Readonly<Record<string, Relation>> = {
  account: EXACT,
  port: EXACT,
  path: PATH,
  peer: BLOCK,
  client: BLOCK,
  host: HOST,
};

const relationOf = (attribute: string): Relation => RELATIONS[attribute] ?? TEXT;

/** The calls that a rule names; undefined: it has too many alternatives to look at. */
export function callsOf(rule: AuthorizationRule): readonly Calls[] | undefined {
  const sources = (rule.from ?? [{}]).map((source) => fieldsOf('source', source));
  const operations = (rule.to ?? [{}]).map((operation) => fieldsOf('operation', operation));
  if (sources.length * operations.length > MAX_ALTERNATIVES) return undefined;
  const conditions = (rule.when ?? []).map(
    ({ key, values, notValues = [] }): Constraint => ({
      attribute: ATTRIBUTES[key] ?? key.toLowerCase(),
      field: `when ${key}`,
      within: values,
      without: notValues,
    }),
  );
  return sources.flatMap((source) =>
    operations.map((operation) => withImplied([...source, ...operation, ...conditions])),
  );
}

function fieldsOf(part: string, fields: object): Constraint[] {
  const lists = fields as Readonly<Record<string, readonly string[]>>;
  const names = new Set(Object.keys(lists).map(positive));
  return [...names].map((name) => ({
    attribute: ATTRIBUTES[name] ?? name,
    field: `${part}.${name in lists ? name : negative(name)}`,
    within: lists[name],
    without: lists[negative(name)] ?? [],
  }));
}

/** `principals` of `notPrincipals`. */
const positive = (field: string): string => field.replace(/^not([A-Z])/, (_, first: string) => first.toLowerCase());
const negative = (field: string): string => `not${field.charAt(0).toUpperCase()}${field.slice(1)}`;

/** A principal says which namespace, account and trust domain it has; an account its namespace. */
function withImplied(calls: Calls): Calls {
  const implied = calls.flatMap(({ attribute, field, within }) => {
    if (within === undefined) return [];
    if (attribute === 'account') return [impliedBy(field, 'namespace', within, (name) => name.split('/')[0])];
    if (attribute !== 'principal') return [];
    return [
      impliedBy(field, 'trustDomain', within, (name) => /^([^/*]+)\//.exec(name)?.[1]),
      impliedBy(field, 'namespace', within, (name) => /^[^/*]+\/ns\/([^/*]+)\//.exec(name)?.[1]),
      impliedBy(field, 'account', within, (name) =>
        /^[^/*]+\/ns\/([^/*]+\/)sa\/([^/*]+)$/.exec(name)?.slice(1).join(''),
      ),
    ];
  });
  return [...calls, ...implied.flatMap((constraint) => constraint ?? [])];
}

function impliedBy(
  field: string,
  attribute: string,
  names: readonly string[],
  read: (name: string) => string | undefined,
): Constraint | undefined {
  const values = names.map(read);
  // One that leaves it open leaves it open for all of them.
  if (!values.every((value) => value !== undefined)) return undefined;
  return { attribute, field, within: values, without: [] };
}

/** Two conditions that no call meets together, by the words of their author. */
export interface Contradiction {
  readonly one: string;
  readonly other: string;
}

/** Why no call is named; undefined: there may be some. */
export function contradictionIn(calls: Calls, action: AuthorizationPolicy['action']): Contradiction | undefined {
  for (const constraint of calls) {
    const found = againstItself(constraint) ?? againstOthers(constraint, calls, action);
    if (found !== undefined) return found;
  }
  return undefined;
}

function againstItself({ attribute, field, within, without }: Constraint): Contradiction | undefined {
  const { covers } = relationOf(attribute);
  const values = within ?? (ALWAYS_THERE.has(attribute) ? ['*'] : undefined);
  if (values === undefined || !values.every((value) => without.some((one) => covers(one, value)))) return undefined;
  return { one: field, other: 'what it excludes' };
}

function againstOthers(
  { attribute, field, within }: Constraint,
  calls: Calls,
  action: AuthorizationPolicy['action'],
): Contradiction | undefined {
  // A DENY takes any of a header's values, so two conditions on one header may both be met.
  if (within === undefined || (hasSeveralValues(attribute) && !(action === 'ALLOW' && isHeader(attribute)))) {
    return undefined;
  }
  const { covers, disjoint } = relationOf(attribute);
  const against = calls.find(
    (other) =>
      other.attribute === attribute &&
      within.every(
        (value) =>
          other.without.some((one) => covers(one, value)) ||
          other.within?.every((one) => disjoint(one, value)) === true,
      ),
  );
  return against === undefined ? undefined : { one: field, other: against.field };
}

const isHeader = (attribute: string): boolean => attribute.startsWith('request.headers[');

/** Whether every call of `narrow` is one of `wide`. */
export const callsCover = (wide: Calls, narrow: Calls): boolean =>
  wide.every((constraint) => isImplied(constraint, narrow));

function isImplied(wanted: Constraint, narrow: Calls): boolean {
  const { attribute, within, without } = wanted;
  const { covers, disjoint } = relationOf(attribute);
  const about = narrow.filter((constraint) => constraint.attribute === attribute);
  const isWithin = ({ within: values }: Constraint): boolean =>
    values?.every((value) => within?.some((one) => covers(one, value))) === true;
  const isWithout = (one: string) => (constraint: Constraint) =>
    constraint.without.some((excluded) => covers(excluded, one)) ||
    constraint.within?.every((value) => disjoint(one, value)) === true;
  if (hasSeveralValues(attribute)) {
    return about.some(
      (constraint) =>
        (within === undefined || isWithin(constraint)) &&
        (isHeader(attribute) ? without.every((one) => isWithout(one)(constraint)) : same(without, constraint.without)),
    );
  }
  const inside =
    within === undefined ||
    about.some(isWithin) ||
    (ALWAYS_THERE.has(attribute) && within.some((one) => covers(one, '*')));
  return inside && without.every((one) => about.some(isWithout(one)));
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/** Whether every call that one rule names is named by another too. */
export const ruleCovers = (wide: readonly Calls[], narrow: readonly Calls[]): boolean =>
  narrow.every((calls) => wide.some((other) => callsCover(other, calls)));

/** Whether a call by a principal, whatever else it is, may be named. */
export const mayName = (calls: Calls, principal: string): boolean =>
  contradictionIn(
    withImplied([...calls, { attribute: 'principal', field: '', within: [principal], without: [] }]),
    'ALLOW',
  ) === undefined;
