import type { Context, MiddlewareHandler } from 'hono';
import type { Caller, Permission } from '../access/permissions.ts';
import { ANYBODY, BOOTSTRAP, may, ROUTER } from '../access/permissions.ts';
import type { AdminCredentials, WorkloadTokens } from '../admin-credentials.ts';
import { TokenRefused } from '../issuer/index.ts';
import { StoreRefusal } from '../refusal.ts';
import { MEBIBYTE, textOf } from './bodies.ts';

/** `actor`: who asks, as history and audit name them. */
export type ApiEnv = { Variables: { actor: string; caller: Caller; door: Door } };

/** Credentials that are no fixed token. They throw TokenRefused. */
export type Credentials = Pick<AdminCredentials, 'ofOidcToken' | 'ofWorkload'>;

/** Bytes of a body that a workload signs. */
const LARGEST_SIGNED_BODY = 8 * MEBIBYTE;

/** Finds out who asks. */
export class Door {
  readonly #known: Promise<readonly [admin: Uint8Array, router: Uint8Array]>;
  readonly #credentials: Credentials;

  constructor(adminToken: string, routerToken: string, credentials: Credentials) {
    this.#known = Promise.all([digestOf(adminToken), digestOf(routerToken)]);
    this.#credentials = credentials;
  }

  /** @throws StoreRefusal `unauthenticated` */
  async callerOf(request: Request): Promise<Caller> {
    const wit = request.headers.get(WIT);
    const wpt = request.headers.get(WPT);
    const authorization = request.headers.get('authorization');
    if (wit !== null || wpt !== null) {
      if (wit === null || wpt === null || authorization !== null) throw unauthenticated(MIXED);
      return this.#believed(() => this.#credentials.ofWorkload(workloadTokens(request, wit, wpt)));
    }
    const [admin, router] = await this.#known;
    const bearer = bearerOf(authorization);
    const sent = await digestOf(bearer);
    // Both are always compared, so that the time says nothing about either.
    const isAdmin = equal(sent, admin);
    const isRouter = equal(sent, router);
    if (isAdmin) return BOOTSTRAP;
    if (isRouter) return ROUTER;
    if (!/^eyJ[\w-]*\./.test(bearer)) throw unauthenticated(UNKNOWN);
    return this.#believed(() => this.#credentials.ofOidcToken(bearer));
  }

  async #believed(verify: () => Promise<Caller>): Promise<Caller> {
    try {
      return await verify();
    } catch (error) {
      if (error instanceof TokenRefused) throw unauthenticated(`The token is refused: ${error.message}.`);
      throw error;
    }
  }
}

const WIT = 'workload-identity-token';
const WPT = 'workload-proof-token';
const UNKNOWN = 'Send the header `Authorization: Bearer <token>` with a valid token.';
const MIXED = 'Send Workload-Identity-Token with Workload-Proof-Token, or Authorization, and not both.';
const unauthenticated = (why: string): StoreRefusal => new StoreRefusal('unauthenticated', why);

/** The body is read from a copy: the operation reads its own. */
function workloadTokens(request: Request, wit: string, wpt: string): WorkloadTokens {
  return {
    wit,
    wpt,
    method: request.method,
    query: rawQueryOf(request.url),
    body: async () => new TextEncoder().encode(await textOf(request.clone() as Request, LARGEST_SIGNED_BODY)),
  };
}

function rawQueryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : (url.slice(mark + 1).split('#', 1)[0] ?? '');
}

/** Stands before every route: whoever is asked for later is asked here. */
export function behind(door: Door): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.set('door', door);
    await next();
  };
}

/** Lets pass who is allowed this, before any body is read. */
export function admits(needs: Permission | 'nothing'): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const caller = needs === 'nothing' ? ANYBODY : await identified(c);
    c.set('caller', caller);
    c.set('actor', caller.actor);
    if (needs !== 'nothing' && !may(caller, needs)) throw forbidden(caller, needs);
    await next();
  };
}

/** Who asks, for what no operation has asked yet. @throws StoreRefusal `unauthenticated` */
export async function identified(c: Context<ApiEnv>): Promise<Caller> {
  return c.get('door').callerOf(c.req.raw);
}

function forbidden(caller: Caller, needs: Permission): StoreRefusal {
  if (needs === 'hop-key:read') return new StoreRefusal('forbidden', 'This is for routers: use the router token.');
  if (caller === ROUTER) {
    const advice = 'The router token opens only what routers do (snapshot, telemetry, leaving): use the admin token.';
    return new StoreRefusal('forbidden', advice);
  }
  return new StoreRefusal('forbidden', `This needs ${needs}. \`gossamer whoami\` lists what you may.`);
}

/** Empty when there is none: no token is empty. */
export function bearerOf(authorization: string | null): string {
  return /^bearer ([\x21-\x7e]{1,8192})$/i.exec(authorization ?? '')?.[1] ?? '';
}

async function digestOf(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}
