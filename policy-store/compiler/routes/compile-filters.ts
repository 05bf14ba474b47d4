import type { CorsPolicy, Filter, HeaderModifier } from '../../../snapshot/route.ts';
import type { CorsSpec } from '../../resources/kinds/cors.ts';
import type { HeaderModifierSpec } from '../../resources/kinds/header-modifier.ts';
import type { HttpRouteFilter, HttpRoutePathModifier } from '../../resources/kinds/http-route-filter.ts';
import type { RequestMirrorSpec } from '../../resources/kinds/request-mirror.ts';
import { canonicalPathText } from '../authorization/path-text.ts';
import type { ResolveBackend } from './resolved-backend.ts';

/** Whether there is a FaultInjection of this name in the route's namespace. */
export type HasFault = (name: string) => boolean;

/**
 * Filters in the order of the document, defaults filled in. Filters of GRPCRoutes are a part of those of HTTPRoutes. What
 * refers to a FaultInjection is a fault of its rule and no filter here, unless there is no such FaultInjection.
 */
export const compileFilters = (
  specs: readonly HttpRouteFilter[] | undefined,
  resolve: ResolveBackend,
  hasFault: HasFault,
): Filter[] =>
  (specs ?? []).flatMap((spec) => (hasFault(spec.extensionRef?.name ?? '') ? [] : compileFilter(spec, resolve)));

function compileFilter(spec: HttpRouteFilter, resolve: ResolveBackend): Filter {
  switch (spec.type) {
    case 'RequestHeaderModifier':
      return { type: spec.type, ...headerModifier(spec.requestHeaderModifier) };
    case 'ResponseHeaderModifier':
      return { type: spec.type, ...headerModifier(spec.responseHeaderModifier) };
    case 'URLRewrite': {
      const { hostname, path } = spec.urlRewrite ?? {};
      return { type: spec.type, ...(hostname !== undefined && { hostname }), ...pathOf(path) };
    }
    case 'RequestRedirect': {
      const { path, statusCode = 302, ...rest } = spec.requestRedirect ?? {};
      return { type: spec.type, ...rest, ...pathOf(path), statusCode };
    }
    case 'RequestMirror':
      return spec.requestMirror === undefined ? INCOMPLETE : mirror(spec.requestMirror, resolve);
    case 'CORS':
      return { type: spec.type, ...corsPolicy(spec.cors) };
    case 'ExtensionRef':
      return { type: 'Invalid', reason: `ExtensionRef: there is no FaultInjection ${spec.extensionRef?.name}` };
  }
}

/** The schema lets no such filter in; an error answer is what is left of one. */
const INCOMPLETE: Filter = { type: 'Invalid', reason: 'a filter lacks its settings' };

function mirror({ backendRef, percent, fraction }: RequestMirrorSpec, resolve: ResolveBackend): Filter {
  const backend = resolve(backendRef);
  if ('invalid' in backend) return { type: 'Invalid', reason: `RequestMirror: ${backend.invalid}` };
  const { numerator = percent ?? 100, denominator = 100 } = fraction ?? {};
  return { type: 'RequestMirror', backend, share: numerator / denominator };
}

/** Browsers forget an answer to a preflight after this many seconds (Gateway API's default). */
const MAX_AGE = 5;

const corsPolicy = (spec: CorsSpec = {}): CorsPolicy => ({
  allowOrigins: spec.allowOrigins ?? [],
  allowMethods: spec.allowMethods ?? [],
  allowHeaders: spec.allowHeaders ?? [],
  exposeHeaders: spec.exposeHeaders ?? [],
  allowCredentials: spec.allowCredentials ?? false,
  maxAge: spec.maxAge ?? MAX_AGE,
});

/** Header names in lower case, as the router keeps them. */
function headerModifier({ set, add, remove }: HeaderModifierSpec = {}): HeaderModifier {
  const lower = (changes: NonNullable<HeaderModifierSpec['set']>) =>
    changes.map(({ name, value }) => ({ name: name.toLowerCase(), value }));
  return {
    ...(set !== undefined && { set: lower(set) }),
    ...(add !== undefined && { add: lower(add) }),
    ...(remove !== undefined && { remove: remove.map((name) => name.toLowerCase()) }),
  };
}

function pathOf(path: HttpRoutePathModifier | undefined): Pick<Filter & { type: 'URLRewrite' }, 'path'> {
  if (path === undefined) return {};
  const { type, replaceFullPath = '/', replacePrefixMatch = '/' } = path;
  // The backend's policies judge the path as it is forwarded: it has to be in the form that they are written in.
  return type === 'ReplaceFullPath'
    ? { path: { type, replaceFullPath: canonicalPathText(replaceFullPath) } }
    : { path: { type, replacePrefixMatch: canonicalPathText(replacePrefixMatch) } };
}
