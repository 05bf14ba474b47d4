import { type MaybePromise, Refusal, type Stop } from '../exchange.ts';
import type { Outbound } from '../facts.ts';
import { callTo, type TellableCall } from '../identity/call-to.ts';
import type { MeshCallSigner } from '../identity/mesh-call.ts';
import type { RequestHead } from '../message.ts';
import type { Clock } from '../ports.ts';
import { andThen } from './load-service.ts';
import { type Shapeable, shapeRequest } from './shape-request.ts';

/** A call that goes out to `backend`. */
export interface Leaving extends Shapeable, TellableCall {
  readonly request: RequestHead;
  /** The time of the decision, ms since the epoch. */
  readonly now: number;
  readonly parts: {
    readonly signer: Pick<MeshCallSigner, 'sign'>;
    readonly ports: { readonly clock: Clock };
  };
}

/**
 * Exactly what goes out to a backend: filters, then the mesh's own word about the call.
 * @param decidedBy the policy that allowed it
 */
export function outboundOf(facts: Leaving, decidedBy: string): MaybePromise<Outbound | Stop> {
  const outbound = shapeRequest(facts);
  if (!('target' in outbound)) return outbound;
  const { parts, backend } = facts;
  if (backend === null) {
    return new Refusal('backend_invalid', 'The route that matches has no backend.', {
      internal: facts.rule?.name ?? 'no rule',
    });
  }
  outbound.headers.set('mesh-hops', String(facts.meshHeaders.hops + 1));
  return andThen(callTo(backend.service.chunk, decidedBy, facts, outbound.target), (call) => {
    if (call instanceof Refusal) return call;
    return andThen(parts.signer.sign(call, facts.now), (meshCall) => {
      outbound.headers.set('mesh-call', meshCall);
      if (call.request === undefined) return { outbound };
      return { outbound, signAgain: async () => parts.signer.sign(call, parts.ports.clock.now()) };
    });
  });
}
