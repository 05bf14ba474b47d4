import type { Endpoint } from '../../snapshot/chunk.ts';
import type { SessionPersistence } from '../../snapshot/route.ts';
import type { HeaderList } from '../headers.ts';
import type { CompiledRule } from './compile.ts';
import { sessionText, shortHash } from './sticky.ts';

/**
 * What a session token says. It names a backend and an endpoint by hash, and holds no secret: whoever makes one up can
 * choose among the backends of the rule that it is sent to, and nothing else; policies judge that choice as any other.
 */
export interface SessionToken {
  readonly backend: string;
  readonly endpoint: string;
  /** Seconds since the epoch. */
  readonly startedAt: number;
}

const TOKEN = /^1\.([0-9a-f]{8})\.([0-9a-f]{8})\.([0-9a-z]{1,8})$/;
/** Clocks of routers may differ by this much, seconds. */
const SKEW = 30;

/** Name of a backend inside tokens. @param key of its service, `namespace/name` */
export const backendHash = (key: string, port: number): string => shortHash(`${key}:${port}`);

/** Name of an endpoint inside tokens. */
export const endpointHash = ({ id }: Pick<Endpoint, 'id'>): string => shortHash(id);

/**
 * The session that a request brings along; undefined when it has none, it is over, or what it says is no token.
 * @param now milliseconds since the epoch; undefined: its age is not judged
 */
export function readSession(
  policy: SessionPersistence,
  headers: HeaderList,
  now: number | undefined,
): SessionToken | undefined {
  const [, backend, endpoint, started] = TOKEN.exec(sessionText(policy, headers) ?? '') ?? [];
  if (backend === undefined || endpoint === undefined || started === undefined) return undefined;
  const startedAt = Number.parseInt(started, 36);
  const token = { backend, endpoint, startedAt };
  return now === undefined || isInTime(policy, startedAt, now / 1000) ? token : undefined;
}

function isInTime({ absoluteTimeout }: SessionPersistence, startedAt: number, now: number): boolean {
  if (startedAt > now + SKEW) return false;
  return absoluteTimeout === undefined || (now - startedAt) * 1000 < absoluteTimeout;
}

const textOf = ({ backend, endpoint, startedAt }: SessionToken): string =>
  `1.${backend}.${endpoint}.${startedAt.toString(36)}`;

/**
 * Tells the client what to send next time. A cookie is set only where it changes: setting it anew would begin its
 * Max-Age again. A header has no memory, so it is told on every answer.
 * @param secure the client came over TLS
 */
export function tellSession(
  headers: HeaderList,
  policy: NonNullable<CompiledRule['session']>,
  token: SessionToken,
  { held, now, secure }: { readonly held: SessionToken | undefined; readonly now: number; readonly secure: boolean },
): void {
  const text = textOf(token);
  if (policy.type === 'Header') {
    headers.set(policy.name.toLowerCase(), text);
    return;
  }
  if (held !== undefined && textOf(held) === text) return;
  const attributes = [`${policy.name}=${text}`, `Path=${policy.cookiePath}`, 'HttpOnly', 'SameSite=Lax'];
  if (secure) attributes.push('Secure');
  if (policy.lifetime === 'Permanent' && policy.absoluteTimeout !== undefined) {
    const left = Math.ceil(token.startedAt + policy.absoluteTimeout / 1000 - now / 1000);
    attributes.push(`Max-Age=${Math.max(0, left)}`);
  }
  headers.append('set-cookie', attributes.join('; '));
}
