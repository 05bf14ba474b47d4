import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem } from '../schema/check.ts';
import { duration, milliseconds } from '../schema/duration.ts';
import { choice, fields } from '../schema/fields.ts';
import { pathProblem } from '../schema/route-path.ts';
import { hostname, sectionName } from '../schema/text.ts';
import { regexProblem, valueMatch } from '../schema/value-match.ts';
import { backendFields, weight } from './backend-ref.ts';
import { backendFilters, filters, pathModifierOf } from './http-route-filter.ts';
import { parentRef } from './parent-ref.ts';
import { rulesFit } from './route-rules.ts';
import { sessionPersistence } from './session-persistence.ts';

const pathMatch = fields({
  type: choice(['Exact', 'PathPrefix', 'RegularExpression']).exactOptional(),
  value: z.string().min(1).max(1024).exactOptional(),
}).check((ctx) => {
  const { type = 'PathPrefix', value = '/' } = ctx.value;
  if (type === 'RegularExpression') {
    const message = regexProblem(value);
    if (message !== undefined) problem(ctx, ['value'], message, 'regex-refused');
  } else {
    const message = pathProblem(value);
    if (message !== undefined) problem(ctx, ['value'], message);
  }
});

const match = fields({
  path: pathMatch.exactOptional(),
  headers: z.array(valueMatch).max(16).exactOptional(),
  queryParams: z.array(valueMatch).max(16).exactOptional(),
  method: choice(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']).exactOptional(),
});

const backendRef = fields({ ...backendFields, weight, filters: backendFilters.exactOptional() });

const timeouts = fields({ request: duration.exactOptional(), backendRequest: duration.exactOptional() }).check(
  (ctx) => {
    const request = milliseconds(ctx.value.request ?? '0s');
    if (request > 0 && milliseconds(ctx.value.backendRequest ?? '0s') > request) {
      problem(ctx, ['backendRequest'], 'is longer than request: one try can not outlast all of them');
    }
  },
);

const retry = fields({
  codes: z.array(z.int().min(400).max(599)).max(64).exactOptional(),
  attempts: z.int().min(1).max(10).exactOptional(),
  backoff: duration.exactOptional(),
});

const rule = fields({
  name: sectionName.exactOptional(),
  matches: z.array(match).max(64).exactOptional(),
  filters: filters.exactOptional(),
  backendRefs: z.array(backendRef).max(16).exactOptional(),
  timeouts: timeouts.exactOptional(),
  retry: retry.exactOptional(),
  sessionPersistence: sessionPersistence.exactOptional(),
}).check((ctx) => {
  const { filters: own = [], backendRefs = [], matches = [] } = ctx.value;
  if (own.some((f) => f.type === 'RequestRedirect') && backendRefs.length > 0) {
    problem(ctx, ['backendRefs'], 'do not go with a RequestRedirect filter: nothing is forwarded');
  }
  const all = [...own, ...backendRefs.flatMap((ref) => ref.filters ?? [])];
  const replacesPrefix = all.some((f) => pathModifierOf(f)?.type === 'ReplacePrefixMatch');
  // Without matches the rule matches the prefix "/". Several matches would leave open which prefix is meant.
  const prefixes = matches.every((m) => (m.path?.type ?? 'PathPrefix') === 'PathPrefix');
  if (replacesPrefix && (matches.length > 1 || !prefixes)) {
    problem(ctx, ['matches'], 'must be one PathPrefix match, because a filter has ReplacePrefixMatch');
  }
});

const spec = fields(
  {
    parentRefs: z.array(parentRef).max(32).exactOptional(),
    hostnames: z.array(hostname).max(16).exactOptional(),
    rules: z.array(rule).min(1).max(16).exactOptional(),
  },
  { useDefaultGateways: 'name the Gateway in parentRefs' },
).check((ctx) => {
  rulesFit(ctx, ctx.value.rules ?? []);
});

export type HttpRouteSpec = z.infer<typeof spec>;
export type HttpRouteRule = z.infer<typeof rule>;
export type HttpRouteMatch = z.infer<typeof match>;
export type BackendRef = z.infer<typeof backendRef>;
export type { ParentRef } from './parent-ref.ts';

/** Where requests go: matches, filters, backends by weight (Gateway API), for Gateways and (GAMMA) for Services. */
export const HTTP_ROUTE = defineKind<HttpRouteSpec>({
  group: 'gateway.networking.k8s.io',
  versions: ['v1', 'v1beta1'],
  kind: 'HTTPRoute',
  plural: 'httproutes',
  shortNames: ['hr'],
  spec,
});
