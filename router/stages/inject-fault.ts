import type { FaultRule } from '../../snapshot/route.ts';
import { Refusal, type StageResult } from '../exchange.ts';
import type { Addressed, Arrival, Authenticated, Delayed, Routed, Screened } from '../facts.ts';
import { pause } from '../resilience/bounded.ts';
import { boundsOf } from '../resilience/callers-bounds.ts';
import { refusalOf } from '../resilience/failure.ts';
import { type DrawnFaults, drawFaults } from '../resilience/fault.ts';

type Facts = Arrival & Screened & Authenticated & Routed & Partial<Addressed>;

/** Makes the trouble that FaultInjections ask for, so that callers can be seen to bear it. */
export function injectFault(facts: Facts): StageResult<Delayed> {
  const rules = rulesOf(facts);
  if (rules === undefined) return;
  const { faultDelay: delay, faultAbort: abort } = facts.meshHeaders;
  const drawn = drawFaults(rules, { delay, abort }, facts.principal?.name, () => facts.parts.ports.random.next());
  if (drawn.invalid !== undefined) return new Refusal('request_invalid', drawn.invalid);
  const by = `FaultInjection ${drawn.by.join(', ')}`;
  return drawn.delay > 0 ? delayed(facts, drawn, `${by}: delayed by ${drawn.delay} ms`) : aborted(drawn, by);
}

/** Of the rule, of the service that was addressed, and of that which is called in the end. Undefined: none. */
function rulesOf({ rule, service, backend }: Facts): readonly FaultRule[] | undefined {
  const ofRule = rule?.faults;
  const addressed = service?.chunk.traffic.faults;
  const called = backend === null || backend.service === service ? undefined : backend.service.chunk.traffic.faults;
  if (ofRule === undefined && addressed === undefined && called === undefined) return undefined;
  return [...(ofRule ?? []), ...(addressed ?? []), ...(called ?? [])];
}

function aborted({ abort }: DrawnFaults, internal: string): Refusal | undefined {
  return (
    abort &&
    new Refusal('fault_injected', 'A policy of the mesh asked for this answer in place of the service.', {
      ...abort,
      internal,
    })
  );
}

/** In the time that the request has: one that runs out of it while it waits fails as with a service so slow. */
async function delayed(facts: Facts, drawn: DrawnFaults, told: string): Promise<Delayed | Refusal> {
  const { parts, backend, service, cancellation } = facts;
  const { clock } = parts.ports;
  const slow = backend ?? (service && { service });
  const bounds = slow && boundsOf(facts, slow);
  if (bounds instanceof Refusal) return bounds;
  const left = (bounds?.deadline ?? Number.POSITIVE_INFINITY) - clock.now();
  await pause(clock, cancellation, Math.max(0, Math.min(drawn.delay, left)));
  if (cancellation.reason !== undefined) return refusalOf(cancellation.reason, told);
  if (left <= drawn.delay) return refusalOf('deadline_exceeded', told);
  return aborted(drawn, told) ?? { delayed: told };
}
