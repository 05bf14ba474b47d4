import type { FaultRule, RateLimit } from '../../snapshot/route.ts';
import { Refusal } from '../exchange.ts';
import type { Addressed, Routed } from '../facts.ts';
import { faultText, limitText } from './traffic-text.ts';

/** Rate limits and faults that a call would meet, in words. What is counted or left to chance is not decided here. */
export interface Met {
  readonly limits: readonly string[];
  readonly faults: readonly string[];
}

/** Of the rule, of the service that was addressed, and of the one that is called, as the stages take them. */
export function metBy(call: Partial<Addressed> & Routed): Met {
  const { limits, faults } = rulesOf(call);
  return { limits: limits.map(limitText), faults: faults.map(faultText) };
}

/** The answer that a fault gives to every call; undefined: some go through. */
export function certainFault(call: Partial<Addressed> & Routed): Refusal | undefined {
  const fault = rulesOf(call).faults.find(({ abort }) => abort?.share === 1);
  if (fault?.abort === undefined) return undefined;
  const { status } = fault.abort;
  const internal = `FaultInjection ${fault.name} answers every request with ${status} in place of the service.`;
  return new Refusal('fault_injected', 'A policy of the mesh asked for this answer.', { status, internal });
}

function rulesOf({ rule, service, backend }: Partial<Addressed> & Routed): {
  readonly limits: readonly RateLimit[];
  readonly faults: readonly FaultRule[];
} {
  const further = backend === null || backend.service.key === service?.key ? undefined : backend.service;
  const traffics = [rule, service?.chunk.traffic, further?.chunk.traffic].flatMap((one) => one ?? []);
  return {
    limits: traffics.flatMap(({ rateLimits = [] }) => rateLimits),
    faults: traffics.flatMap(({ faults = [] }) => faults),
  };
}
