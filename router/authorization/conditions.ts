import type { Operation, Source, When } from '../../snapshot/policy.ts';
import { canonicalPattern } from '../routing/canonical-target.ts';
import type { CallFacts } from './call-facts.ts';
import { compileBlocks } from './ip-block.ts';
import { compileTemplate, isTemplate } from './path-template.ts';
import { compilePatterns, type PatternTest } from './pattern.ts';
import { requestPrincipal, userAttribute } from './user-conditions.ts';

/** Whether a call is named by the values of a field. May throw: then the call can not be judged by it. */
export type CallTest = (call: CallFacts) => boolean;
type Field = (values: readonly string[]) => CallTest;

const principal: Field = (patterns) => on(compilePatterns(patterns), (call) => call.principal?.name);
const namespace: Field = (patterns) => on(compilePatterns(patterns), (call) => call.principal?.namespace);
const trustDomain: Field = (patterns) => on(compilePatterns(patterns), (call) => call.principal?.trustDomain);

/** Callers before the caller; that there was none can not be known, because a caller may leave them out. */
const via: Field = (patterns) => {
  const test = compilePatterns(patterns);
  return (call) => call.via.some(test);
};

const authn: Field = (strengths) => on(compilePatterns(strengths), (call) => call.principal?.strength);

const serviceAccount: Field = (names) => {
  const known = new Map<string, Set<string>>();
  for (const name of names) {
    const [namespace = '', account = ''] = name.split('/');
    known.set(namespace, (known.get(namespace) ?? new Set()).add(account));
  }
  return ({ principal }) =>
    principal?.serviceAccount !== undefined &&
    known.get(principal.namespace ?? '')?.has(principal.serviceAccount) === true;
};

const address: Field = (blocks) => {
  const test = compileBlocks(blocks);
  return (call) => test(call.remoteAddress);
};

const client: Field = (blocks) => {
  const test = compileBlocks(blocks);
  return (call) => test(call.clientAddress);
};

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

function on(test: PatternTest, read: (call: CallFacts) => string | undefined): CallTest {
  return (call) => test(read(call));
}

const not =
  (field: Field): Field =>
  (values) => {
    const test = field(values);
    return (call) => !test(call);
  };

/** What each member of a source looks at. */
export const SOURCE: Readonly<Record<keyof Source, Field>> = {
  principals: principal,
  notPrincipals: not(principal),
  namespaces: namespace,
  notNamespaces: not(namespace),
  serviceAccounts: serviceAccount,
  notServiceAccounts: not(serviceAccount),
  trustDomains: trustDomain,
  notTrustDomains: not(trustDomain),
  via,
  notVia: not(via),
  authn,
  notAuthn: not(authn),
  ipBlocks: address,
  notIpBlocks: not(address),
  remoteIpBlocks: client,
  notRemoteIpBlocks: not(client),
  requestPrincipals: requestPrincipal,
  notRequestPrincipals: not(requestPrincipal),
};

const method: Field = (patterns) => on(compilePatterns(patterns), (call) => call.method);

/** What each member of an operation looks at. */
export const OPERATION: Readonly<Record<keyof Operation, Field>> = {
  hosts: host,
  notHosts: not(host),
  ports: port,
  notPorts: not(port),
  methods: method,
  notMethods: not(method),
  paths: path,
  notPaths: not(path),
};

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
]);

/**
 * One entry of `when`.
 * @param every whether all values of a header that was sent several times must hold (ALLOW), or one is enough (DENY)
 */
export function compileWhen({ key, values, notValues }: When, every: boolean): CallTest {
  if (values === undefined && notValues === undefined) throw new Error(`the condition ${key} has no values`);
  const header = /^request\.headers\[([^\]]+)\]$/.exec(key)?.[1];
  if (header !== undefined) return onHeader(header, valueTest(values, notValues), every);
  const field = ATTRIBUTES.get(key) ?? userAttribute(key);
  if (field === undefined) throw new Error(`this router does not know the condition ${JSON.stringify(key)}`);
  const named = values && field(values);
  const excluded = notValues && not(field)(notValues);
  return (call) => (named === undefined || named(call)) && (excluded === undefined || excluded(call));
}

function valueTest(values: readonly string[] | undefined, notValues: readonly string[] | undefined): PatternTest {
  const named = values && compilePatterns(values);
  const excluded = notValues && compilePatterns(notValues);
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
