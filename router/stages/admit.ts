import { Refusal, type StageResult } from '../exchange.ts';
import type { Admitted, Arrival, Authenticated, Routed, Screened } from '../facts.ts';
import type { Leave } from '../resilience/admission/admissions.ts';
import { boundsOf } from '../resilience/callers-bounds.ts';
import type { Attempt } from '../telemetry/record.ts';

type Facts = Arrival & Screened & Authenticated & Routed;

/** Waits for room at the service that is called, where a policy bounds how many requests it has at work. */
export function admit(facts: Facts): StageResult<Admitted> {
  const { backend, parts, cancellation } = facts;
  if (backend === null) return;
  const { key, chunk } = backend.service;
  if (chunk.traffic.concurrency === undefined && chunk.traffic.admission === undefined) return;
  const bounds = boundsOf(facts, backend);
  if (bounds instanceof Refusal) return bounds;
  const entered = parts.admissions.enter(key, chunk.traffic, bounds.deadline, cancellation);
  return entered instanceof Promise ? entered.then((got) => admitted(got, facts)) : admitted(entered, facts);
}

const admitted = (leave: Leave | Refusal, { attempts }: Facts): Admitted | Refusal =>
  leave instanceof Refusal ? leave : { release: () => leave(timeOf(attempts.at(-1))) };

/** What the last try tells of the load: a quick failure is no quick answer. */
function timeOf(attempt: Attempt | undefined): number | undefined {
  if (attempt === undefined) return undefined;
  const { status, failure, duration } = attempt;
  const timedOut = failure === 'upstream_timeout' || failure === 'deadline_exceeded';
  return timedOut || (status !== undefined && status < 500 && status !== 429) ? duration : undefined;
}
