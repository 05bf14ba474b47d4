import type { Cancellation } from '../cancellation.ts';
import type { RouterParts } from '../facts.ts';
import type { UpstreamCall } from '../ports.ts';
import { bounded } from '../resilience/bounded.ts';
import type { TimeBounds, tryBound } from '../resilience/deadline.ts';
import type { EndpointHealth } from '../resilience/endpoint-health.ts';
import type { ServiceHealth } from '../resilience/service-health.ts';
import type { Attempt } from '../telemetry/record.ts';
import { cancelledAs, failureOf, type Outcome, reportOf } from './outcome.ts';

/** How long a probe is waited for where nothing bounds its request, milliseconds. */
const LONGEST_PROBE = 60_000;

/** One try, at the endpoint that was chosen just now. */
export interface Try extends Pick<TimeBounds, 'byCaller'> {
  readonly ports: Pick<RouterParts['ports'], 'clock' | 'random' | 'transport'>;
  readonly health: ServiceHealth;
  readonly entry: EndpointHealth;
  readonly client: Cancellation;
  readonly bound: ReturnType<typeof tryBound>;
  /** To the endpoint of `entry`. */
  readonly call: UpstreamCall;
  /** Where it is written down. */
  readonly log?: { readonly attempts: Attempt[]; readonly startedAt: number; readonly spanId: string };
}

/** Sends it, and lets the endpoint's health know what became of it. @throws what is no failure of an upstream: a bug */
export async function oneTry({ ports, health, entry, client, bound, byCaller, call, log }: Try): Promise<Outcome> {
  const { clock, random, transport } = ports;
  const at = clock.monotonic();
  const began = { at, epoch: health.begin(entry, at, bound ? bound.at - clock.now() : LONGEST_PROBE) };
  let outcome = cancelledAs('superseded');
  try {
    const sent = await bounded(
      clock,
      client,
      bound,
      (cancel) => transport.send(call, cancel),
      (late) => late.body.discard(),
    );
    outcome = 'value' in sent ? { response: sent.value } : cancelledAs(sent.cancelled);
  } catch (error) {
    outcome = failureOf(error);
  } finally {
    const now = clock.monotonic();
    const owed = !call.body.empty && !call.body.complete;
    const facts = { took: now - at, now: clock.now(), byCaller, gone: client.reason !== undefined, owed };
    health.end(entry, began, reportOf(outcome, health.chunk.traffic, facts), now, random);
    if (log !== undefined) write(log, call, outcome, now - at);
  }
  return outcome;
}

function write(
  { attempts, startedAt, spanId }: NonNullable<Try['log']>,
  call: UpstreamCall,
  outcome: Outcome,
  duration: number,
): void {
  const answered = 'response' in outcome;
  attempts.push({
    endpoint: call.endpoint.id,
    startedAt,
    duration,
    spanId,
    status: answered ? outcome.response.status : undefined,
    failure: answered ? undefined : outcome.failure,
  });
}
