import type { Operation, Source, When } from '../../snapshot/policy.ts';
import { canonicalPattern } from '../routing/canonical-target.ts';
import type { CallFacts } from './call-facts.ts';
import { compileBlocks } from './ip-block.ts';
import { compileTemplate, isTemplate } from './path-template.ts';
import { compilePatterns, type PatternTest } from './pattern.ts';
import { claimReader, type Read, USER_ATTRIBUTES } from './user-conditions.ts';

/** Whether a call is named by the values of a field. May throw: then the call can not be judged by it. */
export type CallTest = (call: CallFacts) => boolean;
type Field = (values: readonly string[]) => CallTest;

/** A field of which patterns name what is read; of a list one value is enough. */
const named =
  (read: Read): Field =>
  (patterns) => {
    const test = compilePatterns(patterns);
    return (call) => {
      const value = read(call);
      return typeof value === 'object' ? value.some(test) : test(value);
    };
  };

const principal = named((call) => call.principal?.name);
const namespace = named((call) => call.principal?.namespace);
const trustDomain = named((call) => call.principal?.trustDomain);
const authn = named((call) => call.principal?.strength);
/** Callers before the caller; that there was none can not be known, because a caller may leave them out. */
const via = named((call) => call.via);

const serviceAccount: Field = (names) => {
  const known = new Set(names);
  return ({ principal }) =>
    principal?.serviceAccount !== undefined && known.has(`${principal.namespace}/${principal.serviceAccount}`);
};

const inBlocks =
  (read: (call: CallFacts) => string): Field =>
  (blocks) => {
    const test = compileBlocks(blocks);
    return (call) => test(read(call));
  };
const address = inBlocks((call) => call.remoteAddress);
const client = inBlocks((call) => call.clientAddress);

const port: Field = (numbers) => {
  const known = new Set(numbers.map(Number));
  if (known.has(Number.NaN)) throw new Error('a port is no number');
  return (call) => known.has(call.port);
};

const host: Field = (patterns) => {
  const test = compilePatterns(patterns.filter((pattern) => !namesPort(pattern)));
  const withPort = patterns.filter(namesPort);
  if (withPort.length === 0) return (call) => test(call.host);
  const testWithPort = compilePatterns(withPort);
  return (call) => test(call.host) || testWithPort(`${call.host}:${call.hostPort}`);
};

/** `a.example:8080`, `a.example:*`; not the colons of an IPv6 address. */
const namesPort = (pattern: string): boolean => /:(?:\d+|\d*\*)$/.test(pattern.replace(/^\[[^\]]*\]/, ''));

const path: Field = (patterns) => {
  const templates = patterns.filter(isTemplate).map((pattern) => {
    const test = compileTemplate(canonicalPattern(pattern));
    if (test === undefined) throw new Error(`the path template ${JSON.stringify(pattern)} is not valid`);
    return test;
  });
  const plain = compilePatterns(patterns.filter((pattern) => !isTemplate(pattern)).map(canonicalPattern));
  return (call) => plain(call.path) || templates.some((test) => test(call.path));
};

/** Fields under their own names, and the same denied under `not...`. */
const withDenials = (fields: Readonly<Record<string, Field>>): Readonly<Record<string, Field>> => {
  const all: Record<string, Field> = { ...fields };
  for (const [name, field] of Object.entries(fields)) {
    all[`not${name.charAt(0).toUpperCase()}${name.slice(1)}`] = (values) => {
      const test = field(values);
      return (call) => !test(call);
    };
  }
  return all;
};

/** A member that a policy may deny as well. */
type Deniable<T> = Exclude<keyof T, `not${string}`>;

/** What each member of a source looks at. */
export const SOURCE = withDenials({
  principals: principal,
  namespaces: namespace,
  serviceAccounts: serviceAccount,
  trustDomains: trustDomain,
  via,
  authn,
  ipBlocks: address,
  remoteIpBlocks: client,
  requestPrincipals: named(USER_ATTRIBUTES['request.auth.principal']),
} satisfies Record<Deniable<Source>, Field>);

/** What each member of an operation looks at. */
export const OPERATION = withDenials({
  hosts: host,
  ports: port,
  methods: named((call) => call.method),
  paths: path,
} satisfies Record<Deniable<Operation>, Field>);

const ATTRIBUTES: ReadonlyMap<string, Field> = new Map([
  ['source.ip', address],
  ['remote.ip', client],
  ['source.principal', principal],
  ['source.namespace', namespace],
  ['source.serviceAccount', serviceAccount],
  ['source.trustDomain', trustDomain],
  ['source.via', via],
  ['source.authn', authn],
  ['destination.port', port],
  ...Object.entries(USER_ATTRIBUTES).map(([key, read]) => [key, named(read)] as const),
]);

/**
 * One entry of `when`.
 * @param every whether all values of a header that was sent several times must hold (ALLOW), or one is enough (DENY)
 */
export function compileWhen(when: When, every: boolean): CallTest {
  const { key, values, notValues } = when;
  if (values === undefined && notValues === undefined) throw new Error(`the condition ${key} has no values`);
  const header = /^request\.headers\[([^\]]+)\]$/.exec(key)?.[1];
  if (header !== undefined) return onHeader(header, withExceptions(compilePatterns, when), every);
  const read = claimReader(key);
  const field = read === undefined ? ATTRIBUTES.get(key) : named(read);
  if (field === undefined) throw new Error(`this router does not know the condition ${JSON.stringify(key)}`);
  return withExceptions(field, when);
}

/** What `values` name, where there are any, and `notValues` do not. */
function withExceptions<T>(
  compile: (values: readonly string[]) => (value: T) => boolean,
  { values, notValues }: When,
): (value: T) => boolean {
  const named = values && compile(values);
  const excluded = notValues && compile(notValues);
  return (value) => (named === undefined || named(value)) && (excluded === undefined || !excluded(value));
}

function onHeader(name: string, test: PatternTest, every: boolean): CallTest {
  return ({ headers: { flat } }) => {
    let present = false;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] !== name) continue;
      present = true;
      if (test(flat[i + 1]) !== every) return !every;
    }
    return present ? every : test(undefined);
  };
}
