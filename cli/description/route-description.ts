import type { GrpcRouteMatch } from '../../policy-store/resources/kinds/grpc-route.ts';
import type { HttpRouteMatch, HttpRouteRule } from '../../policy-store/resources/kinds/http-route.ts';
import type { ParentRef } from '../../policy-store/resources/kinds/parent-ref.ts';
import type { Condition } from '../../policy-store/resources/resource.ts';
import type { RouteRule } from '../../snapshot/route.ts';
import type { MeshView, Route } from './mesh-view.ts';

/** A share of a rule's requests. */
export interface BackendDescription {
  /** `shop/payments-v1`. */
  readonly service: string;
  readonly port?: number;
  readonly weight: number;
  /** 0..1. */
  readonly share: number;
  /** Null: the route is attached nowhere, so nobody has looked. */
  readonly resolved: boolean | null;
  readonly problem?: string;
}

export interface RuleDescription {
  readonly rule: number;
  readonly name?: string;
  /** Any of them; empty: every request. */
  readonly matches: readonly string[];
  readonly filters: readonly string[];
  readonly backends: readonly BackendDescription[];
  readonly timeouts?: HttpRouteRule['timeouts'];
  readonly retry?: HttpRouteRule['retry'];
  /** What TrafficPolicies and FaultInjections add, where there are any. */
  readonly traffic?: RuleTraffic;
}

export type RuleTraffic = Pick<RouteRule, (typeof RULE_TRAFFIC)[number]>;

const RULE_TRAFFIC = ['hedge', 'rateLimits', 'faults', 'fallback'] as const;

/** What a route asked to be attached to, and what came of it. */
export interface ParentDescription {
  /** `Gateway shop/edge`. */
  readonly parent: string;
  readonly section?: string;
  readonly port?: number;
  readonly conditions: readonly Condition[];
}

/** A route as its parent sees it. */
export interface AttachmentDescription extends Omit<ParentDescription, 'parent'> {
  /** `HTTPRoute shop/payments`. */
  readonly route: string;
  readonly hostnames: readonly string[];
  readonly rules: readonly RuleDescription[];
}

type RuleSpec = NonNullable<Route['spec']['rules']>[number];

/** Parents of a route, in its order. */
export const parentsOf = (route: Route): ParentDescription[] =>
  (route.spec.parentRefs ?? []).map((ref) => ({
    parent: `${ref.kind ?? 'Gateway'} ${ref.namespace ?? route.metadata.namespace}/${ref.name}`,
    ...(ref.sectionName !== undefined && { section: ref.sectionName }),
    ...(ref.port !== undefined && { port: ref.port }),
    conditions: conditionsFor(route, ref),
  }));

const PARENT_FIELDS = ['group', 'kind', 'namespace', 'name', 'sectionName', 'port'] as const;

/** Of this parent where the store tells them apart, else of the whole route. */
function conditionsFor(route: Route, ref: ParentRef): readonly Condition[] {
  const own = route.status?.parents?.find(({ parentRef }) =>
    PARENT_FIELDS.every((field) => parentRef[field] === ref[field]),
  );
  return own?.conditions ?? route.status?.conditions ?? [];
}

/** Routes that ask to be attached to a document. @param parent `Service shop/payments` */
export const attachedTo = (view: MeshView, parent: string): AttachmentDescription[] =>
  view.routes.flatMap((route) =>
    parentsOf(route)
      .filter((asked) => asked.parent === parent)
      .map(({ parent: _, ...asked }) => ({
        route: titleOf(route),
        hostnames: route.spec.hostnames ?? [],
        ...asked,
        rules: rulesOf(view, route),
      })),
  );

/** Routes that send to a service. @param service `shop/payments` */
export const sendingTo = (view: MeshView, service: string): string[] =>
  view.routes
    .filter((route) => rulesOf(view, route).some(({ backends }) => backends.some((b) => b.service === service)))
    .map(titleOf);

export const titleOf = ({ kind, metadata }: Route): string => `${kind} ${metadata.namespace}/${metadata.name}`;

export function rulesOf(view: MeshView, route: Route): RuleDescription[] {
  const rules: readonly RuleSpec[] = route.spec.rules ?? [];
  return rules.map((spec, index) => {
    const { name, matches = [], filters = [] } = spec;
    const timeouts = 'timeouts' in spec ? spec.timeouts : undefined;
    const retry = 'retry' in spec ? spec.retry : undefined;
    return {
      rule: index,
      ...(name !== undefined && { name }),
      matches: matches.map(matchText),
      filters: filters.map(({ type }) => type),
      backends: backendsOf(spec, route.metadata.namespace, view.rule(route, index)),
      ...(timeouts !== undefined && { timeouts }),
      ...(retry !== undefined && { retry }),
      ...trafficOf(view.rule(route, index)),
    };
  });
}

function trafficOf(compiled: RouteRule | undefined): Pick<RuleDescription, 'traffic'> {
  const found = RULE_TRAFFIC.filter((name) => compiled?.[name] !== undefined).map((name) => [name, compiled?.[name]]);
  return found.length === 0 ? {} : { traffic: Object.fromEntries(found) };
}

/** @param compiled the same rule as routers have it: its backends stand in the same order */
function backendsOf(spec: RuleSpec, home: string, compiled: RouteRule | undefined): BackendDescription[] {
  const refs: NonNullable<RuleSpec['backendRefs']> = spec.backendRefs ?? [];
  const total = refs.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return refs.map(({ namespace = home, name, port, weight = 1 }, index) => {
    const found = compiled?.backends[index];
    return {
      service: `${namespace}/${name}`,
      ...(port !== undefined && { port }),
      weight,
      share: total === 0 ? 0 : weight / total,
      resolved: found === undefined ? null : !('invalid' in found),
      ...(found !== undefined && 'invalid' in found && { problem: found.invalid }),
    };
  });
}

/** `GET /a (prefix), header x-canary: yes`; of gRPC `pay.Payments/Charge`. */
function matchText(match: HttpRouteMatch | GrpcRouteMatch): string {
  const values = (kind: string, list: readonly { type?: string; name: string; value: string }[] = []): string[] =>
    list.map(({ type, name, value }) => `${kind} ${name}${type === 'RegularExpression' ? ' ~ ' : ': '}${value}`);
  const query = 'queryParams' in match ? match.queryParams : undefined;
  return [requestText(match), ...values('header', match.headers), ...values('query', query)]
    .filter((part) => part !== '')
    .join(', ');
}

function requestText(match: HttpRouteMatch | GrpcRouteMatch): string {
  if (typeof match.method === 'object') {
    const { type, service = '*', method = '*' } = match.method;
    return `${service}/${method}${type === 'RegularExpression' ? ' (expression)' : ''}`;
  }
  const { type = 'PathPrefix', value = '/' } = ('path' in match ? match.path : undefined) ?? {};
  const how = { PathPrefix: 'prefix', Exact: 'exact', RegularExpression: 'expression' }[type];
  const path = type === 'PathPrefix' && value === '/' ? '' : `${value} (${how})`;
  return [match.method, path].filter((part) => part !== undefined && part !== '').join(' ');
}
