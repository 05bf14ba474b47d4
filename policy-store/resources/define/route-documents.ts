import type { HttpRouteMatch, HttpRouteRule, HttpRouteSpec } from '../kinds/http-route.ts';
import type { Resource } from '../resource.ts';
import { type Fields, onlyKnown } from './known-fields.ts';
import { marked } from './mesh-document.ts';
import { isList, listOf, type Names, type Place } from './names.ts';
import { backendFilters, ruleFilters } from './route-filters.ts';
import type {
  BackendInput,
  BackendsInput,
  MatchInput,
  ParentInput,
  RouteInput,
  RuleInput,
  ValueInput,
} from './route-input.ts';

type AnyRoute = RouteInput<string, string>;
type AnyRule = RuleInput<string>;
type BackendRef = NonNullable<HttpRouteRule['backendRefs']>[number];

const RULE: Fields<AnyRule> = {
  name: true,
  when: true,
  to: true,
  rewrite: true,
  redirect: true,
  requestHeaders: true,
  responseHeaders: true,
  mirror: true,
  cors: true,
  faults: true,
  timeout: true,
  tryTimeout: true,
  retry: true,
  session: true,
};
const ROUTE = { on: true, hostnames: true, rules: true, labels: true, annotations: true } as const;
const PARENT: Fields<Exclude<ParentInput<string>, string>> = { to: true, port: true, section: true };
const MATCH: Fields<MatchInput> = { path: true, method: true, headers: true, query: true };
const BACKEND: Fields<BackendInput<string>> = {
  service: true,
  port: true,
  weight: true,
  requestHeaders: true,
  responseHeaders: true,
};

/** HTTPRoute. */
export function routeDocument(key: string, route: AnyRoute, names: Names): Resource<HttpRouteSpec> {
  const where = `routes.${key}`;
  const { on, hostnames, rules, labels: _labels, annotations: _annotations, ...single } = route;
  onlyKnown(where, route, rules === undefined ? { ...ROUTE, ...RULE } : ROUTE);
  const place = names.place(key);
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { ...place, ...marked(route) },
    spec: {
      parentRefs: listOf(on).map((parent) => parentRef(parent, place, `${where}.on`, names)),
      ...(hostnames !== undefined && { hostnames: [...hostnames] }),
      rules:
        rules === undefined
          ? [ruleOf(single as AnyRule, place, where, names)]
          : rules.map((rule, index) => ruleOf(rule, place, `${where}.rules[${index}]`, names)),
    },
  };
}

function parentRef(
  input: ParentInput<string>,
  { namespace }: Place,
  where: string,
  names: Names,
): NonNullable<HttpRouteSpec['parentRefs']>[number] {
  const { to, port, section } = typeof input === 'string' ? { to: input } : input;
  if (typeof input === 'object') onlyKnown(where, input, PARENT);
  const { group, kind, ...parent } = names.reference(to, namespace, where);
  return {
    // A parent that says nothing is a Gateway.
    ...(kind === 'Service' && { group, kind }),
    ...parent,
    ...(section !== undefined && { sectionName: section }),
    ...(port !== undefined && { port }),
  };
}

function ruleOf(rule: AnyRule, place: Place, where: string, names: Names): HttpRouteRule {
  onlyKnown(where, rule, RULE);
  const { name, when, to, timeout, tryTimeout, retry, session } = rule;
  const refs = { namespace: place.namespace, names };
  const filters = ruleFilters(rule, where, {
    service: (service, at) => serviceRef(service, undefined, at, refs),
    fault: (fault, at) => names.fault(fault, place.namespace, at),
  });
  return {
    ...(name !== undefined && { name }),
    ...(when !== undefined && { matches: listOf(when).map((match) => matchOf(match, `${where}.when`)) }),
    ...(filters.length > 0 && { filters }),
    ...(to !== undefined && { backendRefs: backendsOf(to).map((backend) => backendRef(backend, `${where}.to`, refs)) }),
    ...((timeout ?? tryTimeout) !== undefined && {
      timeouts: {
        ...(timeout !== undefined && { request: timeout }),
        ...(tryTimeout !== undefined && { backendRequest: tryTimeout }),
      },
    }),
    ...(retry !== undefined && { retry }),
    ...(session !== undefined && { sessionPersistence: session }),
  };
}

function matchOf(input: MatchInput, where: string): HttpRouteMatch {
  onlyKnown(where, input, MATCH);
  const { path, method, headers, query } = input;
  return {
    ...(path !== undefined && { path: pathOf(path, where) }),
    ...(method !== undefined && { method }),
    ...(headers !== undefined && { headers: Object.entries(headers).map(valueMatch) }),
    ...(query !== undefined && { queryParams: Object.entries(query).map(valueMatch) }),
  };
}

function pathOf(input: NonNullable<MatchInput['path']>, where: string): NonNullable<HttpRouteMatch['path']> {
  if (typeof input === 'string') return { type: 'PathPrefix', value: input };
  if ('exact' in input) return { type: 'Exact', value: input.exact };
  if ('regex' in input) return { type: 'RegularExpression', value: input.regex };
  throw new TypeError(`${where}.path must be a prefix, { exact } or { regex }`);
}

const valueMatch = ([name, value]: [string, ValueInput]) =>
  typeof value === 'string' ? { name, value } : { type: 'RegularExpression' as const, name, value: value.regex };

function backendsOf(input: BackendsInput<string>): readonly BackendInput<string>[] {
  if (typeof input === 'string') return [{ service: input }];
  if (isList<BackendInput<string>>(input)) return input;
  return Object.entries(input).map(([service, weight]) => ({ service, ...(weight !== undefined && { weight }) }));
}

interface Refs {
  readonly namespace: string;
  readonly names: Names;
}

function backendRef(input: BackendInput<string>, where: string, refs: Refs): BackendRef {
  onlyKnown(where, input, BACKEND);
  const filters = backendFilters(input, where);
  return {
    ...serviceRef(input.service, input.port, where, refs),
    ...(input.weight !== undefined && { weight: input.weight }),
    ...(filters.length > 0 && { filters }),
  };
}

function serviceRef(service: string, port: number | undefined, where: string, { namespace, names }: Refs) {
  const place = names.service(service, where);
  return {
    ...(place.namespace !== namespace && { namespace: place.namespace }),
    name: place.name,
    port: port ?? names.portOf(service),
  };
}
