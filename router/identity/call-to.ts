import type { ServiceChunk } from '../../snapshot/chunk.ts';
import type { Cancellation } from '../cancellation.ts';
import { type MaybePromise, Refusal } from '../exchange.ts';
import type { Body } from '../message.ts';
import type { Clock } from '../ports.ts';
import { bodyDigest } from '../resilience/digest-body.ts';
import type { MeshCall } from './mesh-call.ts';
import type { Principal } from './principal.ts';

/** What of a call its Mesh-Call tells, or is bound to. */
export interface TellableCall {
  readonly parts: { readonly ports: { readonly clock: Clock } };
  readonly principal: Principal | null;
  readonly via: readonly string[];
  readonly snapshot: { readonly generation: number };
  readonly request: { readonly method: string };
  readonly body: Pick<Body, 'digest'>;
  readonly cancellation: Cancellation;
}

/**
 * What a Mesh-Call to this service has to say. For one that asks for strict proofs it is bound to the request, whose body
 * has to be read first.
 * @param target path and query exactly as sent
 */
export function callTo(
  { identity, authn }: Pick<ServiceChunk, 'identity' | 'authn'>,
  policy: string,
  facts: TellableCall,
  target: string,
): MaybePromise<MeshCall | Refusal> {
  const call: MeshCall = {
    caller: facts.principal?.id ?? null,
    upstream: identity,
    via: facts.via,
    policy,
    generation: facts.snapshot.generation,
  };
  return authn === 'strict-proof' ? bound(call, facts, target) : call;
}

async function bound(call: MeshCall, facts: TellableCall, target: string): Promise<MeshCall | Refusal> {
  const digest = await bodyDigest(facts.parts.ports.clock, facts);
  if (digest instanceof Refusal) return digest;
  return { ...call, request: { method: facts.request.method, target, bodyDigest: digest } };
}
