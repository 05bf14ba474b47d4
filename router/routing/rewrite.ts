import type { Filter, PathModifier } from '../../snapshot/route.ts';
import { canonicalPattern, canonicalTarget } from './canonical-target.ts';

export type RewrittenPath = { readonly path: string } | { readonly invalid: string };

/**
 * The path after the rewrites of a rule and its backendRef. Each starts from the path as called, so a backendRef's
 * takes the place of its rule's.
 * @param matchedPrefix value of the PathPrefix that matched; undefined for other path matches
 */
export function rewrittenPath(
  path: string,
  matchedPrefix: string | undefined,
  filters: readonly Filter[],
): RewrittenPath {
  let result: RewrittenPath = { path };
  for (const filter of filters) {
    if (filter.type === 'URLRewrite' && filter.path !== undefined)
      result = modifiedPath(path, matchedPrefix, filter.path);
  }
  return result;
}

/** The host after the rewrites of a rule or backendRef. */
export function rewrittenHost(host: string, filters: readonly Filter[] = []): string {
  let result = host;
  for (const filter of filters) if (filter.type === 'URLRewrite') result = filter.hostname ?? result;
  return result;
}

/** Gateway API, HTTPPathModifier. The result is canonical, or it is invalid. */
export function modifiedPath(path: string, matchedPrefix: string | undefined, modifier: PathModifier): RewrittenPath {
  const made =
    modifier.type === 'ReplaceFullPath'
      ? canonicalPattern(modifier.replaceFullPath) || '/'
      : replacedPrefix(path, matchedPrefix, canonicalPattern(modifier.replacePrefixMatch));
  if (made === undefined) return { invalid: 'ReplacePrefixMatch needs a match of type PathPrefix' };
  const canonical = canonicalTarget(made);
  if ('invalid' in canonical) return { invalid: `the rewritten path is not valid: ${canonical.invalid}` };
  return canonical.query === undefined ? { path: canonical.path } : { invalid: 'the rewritten path holds a query' };
}

/** `/foo` replaced by `/xyz`: `/foo/bar` -> `/xyz/bar`, `/foo/` -> `/xyz/`; by `/` or nothing: `/foo/bar` -> `/bar`. */
function replacedPrefix(path: string, prefix: string | undefined, replacement: string): string | undefined {
  if (prefix === undefined) return undefined;
  const rest = prefix === '/' ? path : path.slice(prefix.length);
  if (rest === '') return replacement || '/';
  return replacement.replace(/\/+$/, '') + rest;
}
