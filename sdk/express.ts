import type { Caller } from './caller.ts';
import type { Gate } from './fetch.ts';
import type { AdmittedCall } from './incoming-calls.ts';
import { callOfNode, type NodeRequest } from './node-request.ts';
import { type RefusalAnswer, refusalAnswer } from './refusal-answer.ts';

/** What of Express' request is needed. */
export interface ExpressRequest extends NodeRequest {
  /** The raw request target; `url` loses what a router is mounted at. */
  readonly originalUrl?: string;
}

/** What of Express' response is needed. */
export interface ExpressResponse {
  /** Set by Express: lives as long as the request. */
  readonly locals?: Record<string, unknown> & { caller?: Caller };
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/**
 * Express middleware (4 and 5, and `connect`): lets in only what came through the mesh and is meant for this service, puts
 * who calls into `res.locals.caller`, and makes `mesh.fetch` continue the request's trace, baggage, deadline, chain of
 * callers and end user. Otherwise it answers with a problem document: 403, 413, or 503 while nothing can be judged.
 * It stands before whatever reads bodies.
 */
export function meshCalls(
  mesh: Gate,
): (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    let admitted: AdmittedCall;
    try {
      admitted = await mesh.admit(callOfNode(request, request.originalUrl));
    } catch (error) {
      refuse(error, request, response, next);
      return;
    }
    if (response.locals !== undefined) response.locals.caller = admitted.caller;
    mesh.run(admitted.context, () => next());
  };
}

function refuse(
  error: unknown,
  request: ExpressRequest,
  response: ExpressResponse,
  next: (error: unknown) => void,
): void {
  let answer: RefusalAnswer;
  try {
    answer = refusalAnswer(error);
  } catch (bug) {
    next(bug);
    return;
  }
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.end(answer.body);
  // What was put back is read by nobody.
  request.resume();
}
