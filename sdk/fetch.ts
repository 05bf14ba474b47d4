import type { CallContext } from './call-context.ts';
import { CoveredBody, type IncomingCall } from './incoming-call.ts';
import type { AdmittedCall } from './incoming-calls.ts';
import { refusalAnswer } from './refusal-answer.ts';

/** What of a `Mesh` guards a door. */
export interface Gate {
  admit(call: IncomingCall): Promise<AdmittedCall>;
  run<Result>(context: CallContext, run: () => Result): Result;
}

/** What a worker exports: `fetch`, `queue`, `scheduled` and others. */
export type WorkerExports = Readonly<Record<string, unknown>>;

type Doing = (...given: never[]) => unknown;

/**
 * A fetch handler (Workers, `Deno.serve`, `Bun.serve`) that lets in only what came through the mesh and is meant for this
 * service. `mesh.caller()` tells it who calls, and `mesh.fetch` continues the request's trace, baggage, deadline, chain of
 * callers and end user. Otherwise it answers with a problem document: 403, 413, or 503 while nothing can be judged.
 */
export function guarded<More extends unknown[]>(
  mesh: Gate,
  handle: (request: Request, ...more: More) => Response | Promise<Response>,
): (request: Request, ...more: More) => Promise<Response> {
  return async (request, ...more) => {
    let admitted: AdmittedCall;
    try {
      admitted = await mesh.admit(callOf(request));
    } catch (error) {
      return refusalResponse(error);
    }
    return mesh.run(admitted.context, () => handle(request, ...more));
  };
}

/** The exports of a worker with `fetch` guarded, and `queue` and `scheduled` each in a context of its own. */
export function wrapExports<Exports extends WorkerExports>(mesh: Gate, exports: Exports): Exports {
  const wrapped: Record<string, unknown> = { ...exports };
  const { fetch, queue, scheduled } = exports;
  if (isDoing(fetch)) {
    wrapped.fetch = guarded(mesh, fetch.bind(exports) as (request: Request, ...more: unknown[]) => Promise<Response>);
  }
  for (const [name, doing] of Object.entries({ queue, scheduled })) {
    if (!isDoing(doing)) continue;
    const run = doing.bind(exports) as (...given: unknown[]) => unknown;
    wrapped[name] = (...given: unknown[]) => mesh.run({}, () => run(...given));
  }
  return wrapped as Exports;
}

const isDoing = (value: unknown): value is Doing => typeof value === 'function';

/** @throws whatever was thrown, when it is no refusal */
export function refusalResponse(error: unknown): Response {
  const { status, headers, body } = refusalAnswer(error);
  return new Response(body, { status, headers });
}

/** A web Request as an incoming call. A body that is read for the check can still be read from the request. */
export function callOf(request: Request): IncomingCall {
  return {
    headers: request.headers,
    method: request.method,
    target: targetOf(request.url),
    targetParsed: true,
    body: () => (request.body === null ? Promise.resolve(new Uint8Array()) : readWithin(request.clone())),
  };
}

/** What follows the authority, cut out and not parsed: Deno and workerd show it as it was sent. */
function targetOf(url: string): string {
  const rest = url.slice(url.indexOf('//') + 2);
  const at = rest.search(/[/?#]/);
  const target = at < 0 ? '' : rest.slice(at);
  return target.startsWith('/') ? target : `/${target}`;
}

async function readWithin(copy: Request): Promise<Uint8Array> {
  const reader = (copy.body as ReadableStream<Uint8Array>).getReader();
  const body = new CoveredBody();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) body.add(read.value);
  } catch (error) {
    // Not awaited: nobody reads the other branch, so it would not come back.
    void reader.cancel().catch(() => undefined);
    throw error;
  }
  return body.whole();
}
