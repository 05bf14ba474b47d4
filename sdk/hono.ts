import type { MiddlewareHandler } from 'hono';
import type { Caller } from './caller.ts';
import { callOf, type Gate, refusalResponse } from './fetch.ts';
import type { AdmittedCall } from './incoming-calls.ts';

/** What the middleware adds: `new Hono<{ Variables: MeshCallVariables }>()`. */
export interface MeshCallVariables {
  caller: Caller;
}

/**
 * Hono middleware: lets in only what came through the mesh and is meant for this service, puts who calls into
 * `c.var.caller`, and makes `mesh.fetch` continue the request's trace, baggage, deadline, chain of callers and end user.
 * Otherwise it answers with a problem document: 403, 413, or 503 while nothing can be judged.
 */
export function meshCalls(mesh: Gate): MiddlewareHandler<{ Variables: MeshCallVariables }> {
  return async (c, next) => {
    let admitted: AdmittedCall;
    try {
      admitted = await mesh.admit(callOf(c.req.raw));
    } catch (error) {
      return refusalResponse(error);
    }
    c.set('caller', admitted.caller);
    await mesh.run(admitted.context, next);
    return undefined;
  };
}
