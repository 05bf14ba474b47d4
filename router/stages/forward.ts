import { Permit } from '../authorization/permit.ts';
import { Refusal, type StageResult } from '../exchange.ts';
import type { Forwarded } from '../facts.ts';
import { Forwarding } from '../forwarding/forwarding.ts';
import type { ForwardFacts } from '../forwarding/target.ts';
import { boundsOf } from '../resilience/callers-bounds.ts';

/** Sends the request to an endpoint of the chosen backend, again where that is safe, until there is an answer. */
export function forward(facts: ForwardFacts): StageResult<Forwarded> {
  if (!Permit.isGenuine(facts.permit)) throw new Error('forward was reached without a permit of authorize');
  if (facts.backend === null) throw new Error('forward was reached by a rule that answers by itself');
  const bounds = boundsOf(facts, facts.backend);
  if (bounds instanceof Refusal) return bounds;
  facts.parts.calls.add(facts);
  return new Forwarding(facts, facts.backend, bounds).run();
}
