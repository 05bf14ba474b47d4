/** A SPIFFE ID taken apart. Two IDs are equal when their texts are: nothing is ever normalised. */
export interface SpiffeId {
  readonly trustDomain: string;
  /** With its leading slash. */
  readonly path: string;
  /** Set when the path has the mesh's own form `/ns/<namespace>/sa/<service account>`. */
  readonly namespace?: string;
  readonly serviceAccount?: string;
}

const SCHEME = 'spiffe://';
const MAX_LENGTH = 2048;
const MAX_TRUST_DOMAIN = 255;
const TRUST_DOMAIN = /^[a-z0-9._-]+$/;
const SEGMENT = /^[a-zA-Z0-9._-]+$/;

/**
 * Reads a workload's SPIFFE ID strictly (SPIFFE-ID 2.1 to 2.4): no query, fragment, port, user, percent sign, empty or
 * dot segment, trailing slash. Undefined: it is none.
 */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  if (text.length > MAX_LENGTH || !text.startsWith(SCHEME)) return undefined;
  const slash = text.indexOf('/', SCHEME.length);
  if (slash < 0) return undefined;
  const trustDomain = text.slice(SCHEME.length, slash);
  if (!isTrustDomain(trustDomain)) return undefined;
  const path = text.slice(slash);
  const segments = path.slice(1).split('/');
  if (!segments.every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..')) return undefined;
  const [ns, namespace, sa, serviceAccount] = segments;
  if (segments.length === 4 && ns === 'ns' && sa === 'sa' && namespace !== undefined && serviceAccount !== undefined) {
    return { trustDomain, path, namespace, serviceAccount };
  }
  return { trustDomain, path };
}

/** Lower case letters, digits, dot, hyphen, underscore; at most 255 bytes. */
export function isTrustDomain(text: string): boolean {
  return text.length <= MAX_TRUST_DOMAIN && TRUST_DOMAIN.test(text);
}
