import type { CorsPolicy, Filter } from '../../snapshot/route.ts';
import { LocalAnswer } from '../exchange.ts';
import { HeaderList } from '../headers.ts';

/** What a preflight asks by. */
interface AskedByBrowser {
  readonly method: string;
  readonly headers: HeaderList;
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._[\]:-]+$/i;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Header names that a preflight may ask for where all are allowed and have to be named. */
const MAX_ASKED = 64;
const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const OWN = /^access-control-/;

/** The question that a browser asks by itself before it sends what a page told it to (Fetch standard, CORS-preflight). */
export const isPreflight = ({ method, headers }: AskedByBrowser): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');

/** The policy that counts: the last one, so that a backendRef's takes the place of its rule's. */
export const corsPolicyOf = (filters: readonly Filter[]): CorsPolicy | undefined =>
  filters.findLast((filter) => filter.type === 'CORS');

/** An answer in the policy's words. To an origin that it does not name it says nothing, which the browser reads as no. */
export function preflightAnswer(policy: CorsPolicy, asked: HeaderList): LocalAnswer {
  const headers = HeaderList.from([['vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers']]);
  const origin = allowedOrigin(policy, asked);
  if (origin === undefined) return new LocalAnswer(204, headers);
  grant(headers, policy, origin);
  const method = asked.get('access-control-request-method') ?? '';
  setList(headers, 'access-control-allow-methods', listed(policy, policy.allowMethods, [method]));
  const names = (asked.combined('access-control-request-headers') ?? '').split(',').map((name) => name.trim());
  setList(headers, 'access-control-allow-headers', listed(policy, policy.allowHeaders, names.slice(0, MAX_ASKED)));
  setList(headers, 'access-control-expose-headers', listed(policy, policy.exposeHeaders, []));
  headers.set('access-control-max-age', String(policy.maxAge));
  return new LocalAnswer(204, headers);
}

/**
 * Lets the page read an answer, if the policy lets its origin. What the upstream says about CORS is taken off: two
 * policies in one answer are read by browsers as none.
 */
export function shareAnswer(policy: CorsPolicy, asked: HeaderList, headers: HeaderList): void {
  headers.deleteWhere((name) => OWN.test(name));
  addVary(headers);
  const origin = allowedOrigin(policy, asked);
  if (origin === undefined) return;
  const names = new Set([...headers].map(([name]) => name).filter((name) => name !== 'set-cookie' && name !== 'vary'));
  grant(headers, policy, origin);
  setList(headers, 'access-control-expose-headers', listed(policy, policy.exposeHeaders, [...names]));
}

function grant(headers: HeaderList, policy: CorsPolicy, origin: string): void {
  headers.set('access-control-allow-origin', origin);
  if (policy.allowCredentials) headers.set('access-control-allow-credentials', 'true');
}

/** With credentials browsers take `*` for a name like any other, so everything has to be named. */
const listed = (policy: CorsPolicy, allowed: readonly string[], all: readonly string[]): readonly string[] => {
  if (!allowed.includes('*')) return allowed;
  return policy.allowCredentials ? all.filter((name) => TOKEN.test(name)) : ['*'];
};

function setList(headers: HeaderList, name: string, values: readonly string[]): void {
  if (values.length > 0) headers.set(name, values.join(', '));
}

/** @returns what to say in Access-Control-Allow-Origin; undefined: the origin is not allowed, or there is none */
function allowedOrigin({ allowOrigins, allowCredentials }: CorsPolicy, asked: HeaderList): string | undefined {
  const origin = asked.count('origin') === 1 ? asked.get('origin') : undefined;
  if (origin === undefined) return undefined;
  if (allowOrigins.includes('*') && !allowCredentials) return '*';
  // `null` is what every sandboxed page and file sends: it names nobody.
  if (!ORIGIN.test(origin)) return undefined;
  return allowOrigins.some((pattern) => coversOrigin(pattern, origin)) ? origin : undefined;
}

/** `https://*.example.com` covers any depth under it, not the apex, and no other port. */
function coversOrigin(pattern: string, origin: string): boolean {
  if (pattern === '*') return true;
  const [wanted, given] = [pattern.toLowerCase(), origin.toLowerCase()];
  const star = wanted.indexOf('*');
  if (star < 0) return wanted === given;
  const [before, after] = [wanted.slice(0, star), wanted.slice(star + 1)];
  if (!given.startsWith(before) || !given.endsWith(after)) return false;
  return LABELS.test(given.slice(before.length, given.length - after.length));
}

function addVary(headers: HeaderList): void {
  const vary = headers.combined('vary');
  if (vary === undefined) headers.set('vary', 'Origin');
  else if (!/(?:^|[\s,])(?:origin|\*)(?:$|[\s,])/i.test(vary)) headers.set('vary', `${vary}, Origin`);
}
