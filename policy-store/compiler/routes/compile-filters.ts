import type { Filter, HeaderModifier } from '../../../snapshot/route.ts';
import type { HttpRouteFilter, HttpRoutePathModifier } from '../../resources/kinds/http-route-filter.ts';
import { canonicalPathText } from '../authorization/path-text.ts';

/** Filters in the order of the document, defaults filled in. */
export const compileFilters = (specs: readonly HttpRouteFilter[] | undefined): Filter[] =>
  (specs ?? []).map(compileFilter);

function compileFilter(spec: HttpRouteFilter): Filter {
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
  }
}

type ModifierSpec = NonNullable<HttpRouteFilter['requestHeaderModifier']>;

/** Header names in lower case, as the router keeps them. */
function headerModifier({ set, add, remove }: ModifierSpec = {}): HeaderModifier {
  const lower = (changes: NonNullable<ModifierSpec['set']>) =>
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
