/**
 * What a header name is to the mesh. `plain` passes; `framing` passes but may occur once; all others never go out as
 * they came.
 */
export type HeaderClass =
  | 'plain'
  /** Host, Content-Length. */
  | 'framing'
  /** For one connection only (RFC 9110 7.6.1). */
  | 'hop-by-hop'
  /** The mesh's own words. */
  | 'mesh'
  /** Proof of the calling workload. */
  | 'identity'
  /** The end user's. Passes, but may occur once. */
  | 'authorization'
  /** Claims about the client or the request that only a proxy may make: forwarding, method override, client certificate. */
  | 'claimed'
  /** Not a token (RFC 9110 5.6.2), or a name that others read as one of the classes above (`_` and `.` for `-`). */
  | 'bad';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const LOOKALIKE = /[_.]/g;

const NAMES: ReadonlyMap<string, HeaderClass> = new Map<string, HeaderClass>([
  ...classed('framing', 'host', 'content-length'),
  ...classed('hop-by-hop', 'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'),
  ...classed('hop-by-hop', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'http2-settings'),
  ...classed('identity', 'workload-identity-token', 'workload-proof-token'),
  ...classed('authorization', 'authorization'),
  ...classed(
    'claimed',
    'forwarded',
    'x-real-ip',
    'true-client-ip',
    'x-rewrite-url',
    'client-cert',
    'client-cert-chain',
  ),
  ...classed('claimed', 'x-http-method-override', 'x-http-method', 'x-method-override', 'x-method'),
]);

const PREFIXES: readonly (readonly [string, HeaderClass])[] = [
  ['mesh-', 'mesh'],
  ['x-mesh-', 'mesh'],
  ['x-forwarded-', 'claimed'],
  ['x-original-', 'claimed'],
  ['client-cert', 'claimed'],
];

function classed(of: HeaderClass, ...names: string[]): [string, HeaderClass][] {
  return names.map((name) => [name, of]);
}

/** Names come from outside: the cache stops growing, and long names stay out of it. */
const seen = new Map<string, HeaderClass>();
const SEEN_LIMIT = 512;

/** @param name in lower case */
export function headerClass(name: string): HeaderClass {
  const known = seen.get(name);
  if (known !== undefined) return known;
  const found = classify(name);
  if (seen.size < SEEN_LIMIT && name.length <= 64) seen.set(name, found);
  return found;
}

function classify(name: string): HeaderClass {
  if (!TOKEN.test(name)) return 'bad';
  const plainly = classOfSpelling(name);
  if (plainly !== 'plain') return plainly;
  const read = classOfSpelling(name.replace(LOOKALIKE, '-'));
  return read === 'plain' || read === 'framing' || read === 'hop-by-hop' ? 'plain' : 'bad';
}

function classOfSpelling(name: string): HeaderClass {
  return NAMES.get(name) ?? PREFIXES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? 'plain';
}

/** Names listed in Connection fields, lower case. */
export function connectionTokens(values: readonly string[]): string[] {
  return values.flatMap((value) =>
    value
      .toLowerCase()
      .split(',')
      .map((token) => token.trim())
      .filter((token) => token !== ''),
  );
}
