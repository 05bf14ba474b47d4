import { Cancellation } from '../cancellation.ts';
import type { Arrival, ChosenBackend, Copy, Outbound, Traced } from '../facts.ts';
import { cancelledAs, failureOf, type Outcome, reportOf } from '../forwarding/outcome.ts';
import { bounded } from '../resilience/bounded.ts';
import type { EndpointHealth } from '../resilience/endpoint-health.ts';
import type { ServiceHealth } from '../resilience/service-health.ts';
import { servicePortOf } from '../routing/service-port.ts';
import type { MirrorCopy } from '../telemetry/record.ts';
import { formatTraceparent } from '../telemetry/traceparent.ts';

/** Where nothing else bounds an answer that nobody waits for, milliseconds. */
const LONGEST = 15_000;

type Facts = Pick<Arrival, 'parts' | 'request' | 'body'> & Traced & Outbound;

export const unsent = (service: string, outcome: MirrorCopy['outcome']): Copy => ({
  service,
  outcome,
  longest: 0,
  send: undefined,
});

type Target = Pick<ChosenBackend, 'service' | 'port' | 'appProtocol'>;

/** One try at one endpoint, in the mirror's own time; whatever comes back is thrown away. */
export function copyTo(mirror: Target, meshCall: string, facts: Facts): Copy {
  const { chunk, key } = mirror.service;
  const longest = chunk.traffic.requestTimeout > 0 ? Math.min(chunk.traffic.requestTimeout, LONGEST) : LONGEST;
  const copy: Copy = {
    service: key,
    outcome: 'sent',
    longest,
    send: async () => {
      const { clock, random } = facts.parts.ports;
      const now = clock.monotonic();
      const health = facts.parts.health.of(chunk, now);
      // A copy finds out nothing for others, and is no reason to send anything twice.
      const entry = health.choose({ now, random, tried: [], key: undefined, pinned: undefined, probe: 'never' });
      if (typeof entry === 'string') copy.outcome = 'no_endpoint';
      else await sendCopy(mirror, { entry, health, longest }, meshCall, facts);
    },
  };
  return copy;
}

interface Way {
  readonly entry: EndpointHealth;
  readonly health: ServiceHealth;
  readonly longest: number;
}

async function sendCopy(
  mirror: Target,
  { entry, health, longest }: Way,
  meshCall: string,
  facts: Facts,
): Promise<void> {
  const { clock, random, transport } = facts.parts.ports;
  const { chunk } = mirror.service;
  const at = clock.monotonic();
  const began = { at, epoch: health.begin(entry, at, longest) };
  const endsAt = clock.now() + longest;
  const headers = facts.outbound.headers.copy();
  headers.set('mesh-call', meshCall);
  headers.set('mesh-deadline', String(Math.floor(endsAt)));
  // A copy has no span of its own: what the mirror does belongs to the request.
  headers.set('traceparent', formatTraceparent(facts.trace, facts.trace.spanId));
  const { authority, target } = facts.outbound;
  const { method } = facts.request;
  const port = servicePortOf(chunk, mirror);
  const call = { endpoint: entry.endpoint, port, method, authority, target, headers, body: facts.body };
  const sent = await bounded(
    clock,
    // Nobody's: the caller of the original may be gone long since.
    new Cancellation(),
    { at: endsAt, reason: 'upstream_timeout' },
    (cancel) => transport.send(call, cancel).then((response): Outcome => ({ response }), failureOf),
    (late) => 'response' in late && late.response.body.discard(),
  );
  const outcome = 'value' in sent ? sent.value : cancelledAs(sent.cancelled);
  if ('response' in outcome) outcome.response.body.discard();
  const now = clock.monotonic();
  const of = { took: now - at, now: clock.now(), byCaller: false, gone: false };
  health.end(entry, began, reportOf(outcome, chunk.traffic, of), now, random);
}
