const SPIFFE = 'spiffe://';
/** Istio's name for the mesh's own trust domain. */
const ALIAS = 'cluster.local';

/**
 * Patterns of principals as the router compares them: `trust.domain/ns/x/sa/y`. `cluster.local` stands for the own
 * trust domain, also where a wildcard cuts through it; then one pattern becomes two.
 */
export function normalPrincipals(patterns: readonly string[], trustDomain: string): string[] {
  const all = patterns.flatMap((pattern) => {
    const plain = withoutScheme(pattern);
    return [...new Set([plain, ...aliased(plain, trustDomain)])];
  });
  return [...new Set(all.filter((pattern) => !pattern.startsWith(`${ALIAS}/`) || trustDomain === ALIAS))];
}

function withoutScheme(pattern: string): string {
  if (pattern.startsWith(SPIFFE)) return pattern.slice(SPIFFE.length);
  // `*//mesh.local/ns/...` and the like: what precedes the trust domain is gone by the time patterns are compared.
  const cut = pattern.startsWith('*') ? pattern.lastIndexOf('//') : -1;
  return cut === -1 ? pattern : pattern.slice(cut + 2);
}

function aliased(pattern: string, trustDomain: string): string[] {
  if (pattern.startsWith(`${ALIAS}/`)) return [trustDomain + pattern.slice(ALIAS.length)];
  if (pattern.length > 1 && pattern.endsWith('*')) {
    return `${ALIAS}/`.startsWith(pattern.slice(0, -1)) ? [`${trustDomain}/*`] : [];
  }
  if (!pattern.startsWith('*')) return [];
  const slash = pattern.indexOf('/');
  const domainEnd = slash === -1 ? '' : pattern.slice(1, slash);
  return domainEnd !== '' && ALIAS.endsWith(domainEnd) ? [trustDomain + pattern.slice(slash)] : [];
}

/** Patterns of trust domains, `cluster.local` among what they match being the own one. */
export function normalTrustDomains(patterns: readonly string[], trustDomain: string): string[] {
  const all = patterns.flatMap((pattern) => (namesAlias(pattern) ? [pattern, trustDomain] : [pattern]));
  return [...new Set(all.filter((pattern) => pattern !== ALIAS || trustDomain === ALIAS))];
}

function namesAlias(pattern: string): boolean {
  if (pattern === '*') return false;
  if (pattern.endsWith('*')) return ALIAS.startsWith(pattern.slice(0, -1));
  return pattern.startsWith('*') ? ALIAS.endsWith(pattern.slice(1)) : pattern === ALIAS;
}

/** True for a pattern that callers of foreign trust domains match too. */
export const namesNoTrustDomain = (pattern: string): boolean => pattern.startsWith('*') && pattern.length > 1;
