import type { MiddlewareHandler } from 'hono';
import { StoreRefusal } from '../refusal.ts';

/** Who asks, as history and audit name them. */
export type Actor = 'admin' | 'router' | 'anybody';
export type ApiEnv = { Variables: { actor: Actor } };

/** What needs no token. Everything that is not named here or below needs the admin's, routes of the future included. */
const OPEN: ReadonlySet<string> = new Set([
  'GET /healthz',
  'GET /readyz',
  'GET /openapi.json',
  'GET /.well-known/oauth-authorization-server',
  'GET /v1/trust-bundle',
  'POST /v1/token',
]);
/** What the routers' token opens; the admin's too, except the private key. */
const ROUTERS: readonly RegExp[] = [/^GET \/v1\/snapshot\//, /^POST \/v1\/telemetry$/, /^DELETE \/v1\/routers\/[^/]+$/];
const ROUTERS_ONLY: ReadonlySet<string> = new Set(['GET /v1/snapshot/hop-key']);

/** Decides on the door, before any body is read. */
export function access(adminToken: string, routerToken: string): MiddlewareHandler<ApiEnv> {
  const known = Promise.all([digestOf(adminToken), digestOf(routerToken)]);
  return async (c, next) => {
    const method = c.req.method === 'HEAD' ? 'GET' : c.req.method;
    const operation = `${method} ${c.req.path}`;
    if (OPEN.has(operation)) {
      c.set('actor', 'anybody');
      return next();
    }
    const [admin, router] = await known;
    const sent = await digestOf(bearerOf(c.req.header('authorization')));
    // Both are always compared, so that the time says nothing about either.
    const isAdmin = equal(sent, admin);
    const isRouter = equal(sent, router);
    if (!isAdmin && !isRouter) {
      throw new StoreRefusal('unauthenticated', 'Send the header `Authorization: Bearer <token>` with a valid token.');
    }
    if (!mayPass(operation, isAdmin)) throw forbidden(isAdmin);
    c.set('actor', isAdmin ? 'admin' : 'router');
    return next();
  };
}

function mayPass(operation: string, isAdmin: boolean): boolean {
  if (isAdmin) return !ROUTERS_ONLY.has(operation);
  return ROUTERS.some((pattern) => pattern.test(operation));
}

function forbidden(isAdmin: boolean): StoreRefusal {
  const advice = isAdmin
    ? 'This is for routers: use the router token.'
    : 'The router token opens only what routers do (snapshot, telemetry, leaving): use the admin token.';
  return new StoreRefusal('forbidden', advice);
}

/** Empty when there is none: no token is empty. */
function bearerOf(authorization: string | undefined): string {
  return /^bearer ([\x21-\x7e]{1,4096})$/i.exec(authorization ?? '')?.[1] ?? '';
}

async function digestOf(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}
