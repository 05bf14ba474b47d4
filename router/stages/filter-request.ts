import { LocalAnswer, Refusal, type StageResult } from '../exchange.ts';
import type {
  Arrival,
  AtGateway,
  Authenticated,
  Authorized,
  Outbound,
  PinnedSnapshot,
  Routed,
  Screened,
} from '../facts.ts';
import { callTo } from '../identity/call-to.ts';
import type { MeshCallSigner } from '../identity/mesh-call.ts';
import type { Connection } from '../message.ts';
import type { Clock } from '../ports.ts';
import { setForwardedHeaders } from '../routing/forwarded-headers.ts';
import { andThen } from '../routing/load-service.ts';
import { shapeRequest } from '../routing/shape-request.ts';

/** What of an arrival this stage reads. */
interface Leaving extends Pick<Arrival, 'request' | 'now' | 'body' | 'cancellation'> {
  readonly connection: Pick<Connection, 'remoteAddress' | 'tls'>;
  readonly snapshot: Pick<PinnedSnapshot, 'generation'>;
  readonly parts: {
    readonly signer: Pick<MeshCallSigner, 'sign'>;
    readonly ports: { readonly clock: Clock };
  };
}

/** Makes exactly what goes out: filters, then the mesh's own word about the call. Redirects answer here, after the permit. */
export function filterRequest(
  facts: Leaving & Screened & Authenticated & Routed & Authorized & Partial<AtGateway>,
): StageResult<Outbound> {
  const { listenerPort, listenerScheme } = facts;
  if (listenerPort !== undefined && listenerScheme !== undefined) {
    setForwardedHeaders({ ...facts, listenerPort, listenerScheme }, facts.headers);
  }
  const outbound = shapeRequest(facts);
  if (outbound instanceof Refusal || outbound instanceof LocalAnswer) return outbound;
  const { backend, permit, parts } = facts;
  if (backend === null) {
    return new Refusal('backend_invalid', 'The route that matches has no backend.', {
      internal: facts.rule?.name ?? 'no rule',
    });
  }
  const { chunk, key } = backend.service;
  if (chunk.endpoints.length === 0) {
    return new Refusal('no_healthy_upstream', 'The service has no endpoint.', { internal: `${key} has no endpoint` });
  }
  outbound.headers.set('mesh-hops', String(facts.meshHeaders.hops + 1));
  return andThen(callTo(chunk, permit.decidedBy, facts, outbound.target), (call) => {
    if (call instanceof Refusal) return call;
    return andThen(parts.signer.sign(call, facts.now), (meshCall) => {
      outbound.headers.set('mesh-call', meshCall);
      if (call.request === undefined) return { outbound };
      return { outbound, signAgain: async () => parts.signer.sign(call, parts.ports.clock.now()) };
    });
  });
}
