import { Cancellation } from '../cancellation.ts';
import type { Arrival, ChosenBackend, Copy, Outbound, Traced } from '../facts.ts';
import { oneTry } from '../forwarding/one-try.ts';
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
  const { ports } = facts.parts;
  const endsAt = ports.clock.now() + longest;
  const { authority, target } = facts.outbound;
  const headers = facts.outbound.headers.copy();
  headers.set('mesh-call', meshCall);
  headers.set('mesh-deadline', String(Math.floor(endsAt)));
  // A copy has no span of its own: what the mirror does belongs to the request.
  headers.set('traceparent', formatTraceparent(facts.trace, facts.trace.spanId));
  const port = servicePortOf(mirror.service.chunk, mirror);
  const outcome = await oneTry({
    ports,
    health,
    entry,
    // Nobody's: the caller of the original may be gone long since.
    client: new Cancellation(),
    bound: { at: endsAt, reason: 'upstream_timeout' },
    byCaller: false,
    call: {
      endpoint: entry.endpoint,
      port,
      method: facts.request.method,
      authority,
      target,
      headers,
      body: facts.body,
    },
  });
  if ('response' in outcome) outcome.response.body.discard();
}
