import type { BackendObject } from '../kinds/backend-ref.ts';
import type { HttpRouteFilter, HttpRoutePathModifier } from '../kinds/http-route-filter.ts';
import { type Fields, onlyKnown } from './known-fields.ts';
import { listOf } from './names.ts';
import type {
  BackendInput,
  HeaderChanges,
  MirrorInput,
  RedirectInput,
  RewriteInput,
  RuleInput,
} from './route-input.ts';

const HEADERS: Fields<HeaderChanges> = { set: true, add: true, remove: true };
const REWRITE: Fields<RewriteInput> = { host: true, path: true, prefix: true };
const REDIRECT: Fields<RedirectInput> = {
  scheme: true,
  host: true,
  port: true,
  status: true,
  path: true,
  prefix: true,
};
const MIRROR: Fields<Exclude<MirrorInput<string>, string>> = { to: true, percent: true };

/** Looks names up; throws when there is no such thing. */
interface Refer {
  service(name: string, where: string): BackendObject;
  fault(name: string, where: string): string;
}

/** Filters of a rule. */
export function ruleFilters(rule: RuleInput<string>, where: string, refer: Refer): HttpRouteFilter[] {
  const { rewrite, redirect, mirror, cors, faults } = rule;
  return [
    ...backendFilters(rule, where),
    ...(rewrite === undefined ? [] : [rewriteFilter(rewrite, `${where}.rewrite`)]),
    ...(redirect === undefined ? [] : [redirectFilter(redirect, `${where}.redirect`)]),
    ...listOf(mirror).map((one) => mirrorFilter(one, `${where}.mirror`, refer.service)),
    ...(cors === undefined ? [] : [{ type: 'CORS' as const, cors }]),
    ...listOf<string>(faults).map((fault) => faultFilter(refer.fault(fault, `${where}.faults`))),
  ];
}

const faultFilter = (name: string): HttpRouteFilter => ({
  type: 'ExtensionRef',
  extensionRef: { group: 'gossamer.mesh', kind: 'FaultInjection', name },
});

/** Filters of one backend. */
export function backendFilters(
  { requestHeaders, responseHeaders }: Pick<BackendInput<string>, 'requestHeaders' | 'responseHeaders'>,
  where: string,
): HttpRouteFilter[] {
  const filters: HttpRouteFilter[] = [];
  if (requestHeaders !== undefined) {
    const requestHeaderModifier = headerModifier(requestHeaders, `${where}.requestHeaders`);
    filters.push({ type: 'RequestHeaderModifier', requestHeaderModifier });
  }
  if (responseHeaders !== undefined) {
    const responseHeaderModifier = headerModifier(responseHeaders, `${where}.responseHeaders`);
    filters.push({ type: 'ResponseHeaderModifier', responseHeaderModifier });
  }
  return filters;
}

function headerModifier(changes: HeaderChanges, where: string) {
  onlyKnown(where, changes, HEADERS);
  const { set, add, remove } = changes;
  const pairs = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, value]) => ({ name, value }));
  return {
    ...(set !== undefined && { set: pairs(set) }),
    ...(add !== undefined && { add: pairs(add) }),
    ...(remove !== undefined && { remove: [...remove] }),
  };
}

function rewriteFilter(input: RewriteInput, where: string): HttpRouteFilter {
  onlyKnown(where, input, REWRITE);
  return { type: 'URLRewrite', urlRewrite: { ...hostname(input.host), ...pathModifier(input) } };
}

function redirectFilter(input: RedirectInput, where: string): HttpRouteFilter {
  onlyKnown(where, input, REDIRECT);
  const { scheme, host, port, status } = input;
  return {
    type: 'RequestRedirect',
    requestRedirect: {
      ...(scheme !== undefined && { scheme }),
      ...hostname(host),
      ...(port !== undefined && { port }),
      ...pathModifier(input),
      ...(status !== undefined && { statusCode: status }),
    },
  };
}

const hostname = (host: string | undefined) => (host === undefined ? {} : { hostname: host });

function pathModifier({ path, prefix }: RewriteInput | RedirectInput): { path?: HttpRoutePathModifier } {
  if (path !== undefined) return { path: { type: 'ReplaceFullPath', replaceFullPath: path } };
  if (prefix !== undefined) return { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: prefix } };
  return {};
}

function mirrorFilter(
  input: MirrorInput<string>,
  where: string,
  refer: (service: string, where: string) => BackendObject,
): HttpRouteFilter {
  if (typeof input === 'string') return { type: 'RequestMirror', requestMirror: { backendRef: refer(input, where) } };
  onlyKnown(where, input, MIRROR);
  const { to, percent } = input;
  return { type: 'RequestMirror', requestMirror: { backendRef: refer(to, where), percent } };
}
