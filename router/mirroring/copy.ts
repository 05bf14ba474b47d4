import { Cancellation } from '../cancellation.ts';
import type { Arrival, ChosenBackend, Copy, Outbound, Traced } from '../facts.ts';
import { bounded } from '../resilience/bounded.ts';
import { chooseEndpoint } from '../resilience/endpoint-choice.ts';
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
  return {
    service: key,
    outcome: 'sent',
    longest,
    send: () => sendCopy(mirror, meshCall, facts, longest),
  };
}

async function sendCopy(mirror: Target, meshCall: string, facts: Facts, longest: number): Promise<void> {
  const { clock, random, transport } = facts.parts.ports;
  const { chunk } = mirror.service;
  const endpoint = chooseEndpoint(chunk.endpoints, [], random.next());
  if (endpoint === undefined) return;
  const endsAt = clock.now() + longest;
  const headers = facts.outbound.headers.copy();
  headers.set('mesh-call', meshCall);
  headers.set('mesh-deadline', String(Math.floor(endsAt)));
  // A copy has no span of its own: what the mirror does belongs to the request.
  headers.set('traceparent', formatTraceparent(facts.trace, facts.trace.spanId));
  const { authority, target } = facts.outbound;
  const { method } = facts.request;
  const port = servicePortOf(chunk, mirror);
  const call = { endpoint, port, method, authority, target, headers, body: facts.body };
  await bounded(
    clock,
    // Nobody's: the caller of the original may be gone long since.
    new Cancellation(),
    { at: endsAt, reason: 'upstream_timeout' },
    (cancel) => transport.send(call, cancel).then(({ body }) => body.discard()),
  );
}
