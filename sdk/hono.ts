import type { MiddlewareHandler } from 'hono';
import { contextOf } from './call-context.ts';
import type { Mesh } from './mesh.ts';
import type { Caller } from './mesh-call.ts';
import { MeshError } from './mesh-error.ts';

export interface MeshCallsOptions {
  /** Hand the end user's `Authorization` on to the calls that a request causes. Default: no. */
  readonly authorization?: boolean;
}

/** What the middleware adds: `new Hono<{ Variables: MeshCallVariables }>()`. */
export interface MeshCallVariables {
  caller: Caller;
}

/**
 * Hono middleware: lets in only what came through the mesh and is meant for this service, puts who calls into
 * `c.var.caller`, and makes `mesh.fetch` continue the request's trace, baggage and deadline. Otherwise it answers with a
 * problem document: 403, or 503 while there are no keys to judge by.
 */
export function meshCalls(
  mesh: Mesh,
  options: MeshCallsOptions = {},
): MiddlewareHandler<{ Variables: MeshCallVariables }> {
  return async (c, next) => {
    const { headers } = c.req.raw;
    try {
      c.set('caller', await mesh.verify(headers));
    } catch (error) {
      if (error instanceof MeshError) return problem(error);
      throw error;
    }
    await mesh.run(contextOf(headers, options), next);
    return undefined;
  };
}

/** A caller learns what is wrong with its own request, and nothing about where this service has its keys from. */
function problem(error: MeshError): Response {
  const unavailable = error.code === 'trust_bundle_unavailable';
  const status = unavailable ? 503 : 403;
  const title = unavailable ? 'Service Unavailable' : 'Forbidden';
  const detail = unavailable ? 'this service can not judge its callers at the moment' : error.message;
  const body = JSON.stringify({ type: 'about:blank', title, status, code: error.code, detail });
  return new Response(body, { status, headers: { 'content-type': 'application/problem+json' } });
}
