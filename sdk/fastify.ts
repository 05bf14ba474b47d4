import type { CallContext } from './call-context.ts';
import type { Caller } from './caller.ts';
import type { Gate } from './fetch.ts';
import type { AdmittedCall } from './incoming-calls.ts';
import { callOfNode, type NodeRequest } from './node-request.ts';
import { type RefusalAnswer, refusalAnswer } from './refusal-answer.ts';

/** What of Fastify's request is needed. */
export interface FastifyRequest {
  readonly raw: NodeRequest;
  /** Before `rewriteUrl`. */
  readonly originalUrl?: string;
  /** Who calls: set by the plugin. */
  caller?: Caller | null;
}

/** What of Fastify's reply is needed. */
export interface FastifyReply {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body: unknown): unknown;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

/** What of a Fastify instance is needed. */
export interface FastifyInstance {
  decorateRequest(name: string, value: null): unknown;
  addHook(name: 'onRequest' | 'preValidation', hook: Hook): unknown;
}

/**
 * Fastify plugin (4 and 5): `app.register(meshCalls, { mesh })`. Lets in only what came through the mesh and is meant for
 * this service, puts who calls into `request.caller`, and makes `mesh.fetch` continue the request's trace, baggage,
 * deadline, chain of callers and end user. Otherwise it answers with a problem document: 403, 413, or 503 while nothing can
 * be judged. It holds for all routes of the instance that it is registered on.
 */
export const meshCalls = Object.assign(
  (app: FastifyInstance, { mesh }: { readonly mesh: Gate }, registered: () => void): void => {
    const contexts = new WeakMap<object, CallContext>();
    app.decorateRequest('caller', null);
    app.addHook('onRequest', (request, reply, done) => {
      mesh.admit(callOfNode(request.raw, request.originalUrl)).then(
        (admitted: AdmittedCall) => {
          request.caller = admitted.caller;
          contexts.set(request.raw, admitted.context);
          mesh.run(admitted.context, done);
        },
        (error: unknown) => refuse(error, reply, done),
      );
    });
    // The body is read in between, in events that know nothing of the context.
    app.addHook('preValidation', (request, _reply, done) => mesh.run(contexts.get(request.raw) ?? {}, done));
    registered();
  },
  // Fastify's own sign of a plugin that is for the instance that registers it.
  { [Symbol.for('skip-override')]: true },
);

function refuse(error: unknown, reply: FastifyReply, done: (error: Error) => void): void {
  let answer: RefusalAnswer;
  try {
    answer = refusalAnswer(error);
  } catch (bug) {
    done(bug instanceof Error ? bug : new Error('the call could not be judged', { cause: bug }));
    return;
  }
  reply.code(answer.status);
  reply.headers({ ...answer.headers });
  reply.send(answer.body);
}
