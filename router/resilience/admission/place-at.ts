import { type MaybePromise, Refusal } from '../../exchange.ts';
import type { Arrival, Authenticated, ChosenBackend, Routed, Screened } from '../../facts.ts';
import type { Attempt } from '../../telemetry/record.ts';
import { boundsOf } from '../callers-bounds.ts';
import type { Leave } from './admissions.ts';

type Facts = Arrival & Screened & Authenticated & Routed;

/**
 * Waits for room at the service that is called, where a policy bounds how many requests it has at work. A request holds
 * one place at a time: the one before, at a service that could not answer, is free again.
 */
export function placeAt(backend: ChosenBackend, facts: Facts): MaybePromise<Refusal | undefined> {
  facts.release?.();
  facts.release = undefined;
  const { key, chunk } = backend.service;
  if (chunk.traffic.concurrency === undefined && chunk.traffic.admission === undefined) return undefined;
  const bounds = boundsOf(facts, backend);
  if (bounds instanceof Refusal) return bounds;
  const tries = facts.attempts.length;
  const hold = (leave: Leave | Refusal): Refusal | undefined => {
    if (leave instanceof Refusal) return leave;
    facts.release = () => leave(timeOf(facts.attempts.slice(tries).at(-1)));
    return undefined;
  };
  const entered = facts.parts.admissions.enter(key, chunk.traffic, bounds.deadline, facts.cancellation);
  return entered instanceof Promise ? entered.then(hold) : hold(entered);
}

/** What the last try tells of the load: a quick failure is no quick answer. */
function timeOf(attempt: Attempt | undefined): number | undefined {
  if (attempt === undefined) return undefined;
  const { status, failure, duration } = attempt;
  const timedOut = failure === 'upstream_timeout' || failure === 'deadline_exceeded';
  return timedOut || (status !== undefined && status < 500 && status !== 429) ? duration : undefined;
}
