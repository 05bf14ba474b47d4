import type { ServicePort } from '../../snapshot/chunk.ts';
import type {
  Addressed,
  Arrival,
  AtGateway,
  Authenticated,
  Authorized,
  ChosenBackend,
  Outbound,
  Routed,
  Screened,
  Traced,
  UserAuthenticated,
} from '../facts.ts';
import type { ServiceHealth } from '../resilience/service-health.ts';
import { parseQuery } from '../routing/match.ts';
import { servicePortOf } from '../routing/service-port.ts';
import { endpointHash } from '../routing/session.ts';
import { hash32, stickyText } from '../routing/sticky.ts';

/** What forwarding reads. */
export type ForwardFacts = Arrival &
  Screened &
  Traced &
  Authenticated &
  Routed &
  UserAuthenticated &
  Authorized &
  Outbound &
  Partial<Addressed> &
  Partial<AtGateway>;

/** One service that a request may be sent to, and what of it is sent there. */
export interface Target extends Outbound {
  readonly backend: ChosenBackend;
  readonly port: ServicePort;
  readonly health: ServiceHealth;
  /** See Ask. */
  readonly key: number | undefined;
  readonly pinned: string | undefined;
}

/** @param sent what goes out to this backend */
export function targetOf(facts: ForwardFacts, backend: ChosenBackend, sent: Outbound): Target {
  const { parts, session } = facts;
  const { chunk } = backend.service;
  const { outbound, signAgain } = sent;
  return {
    backend,
    port: servicePortOf(chunk, backend),
    health: parts.health.of(chunk, parts.ports.clock.monotonic()),
    key: hashKey(facts, backend),
    pinned: session && chunk.endpoints.find((endpoint) => endpointHash(endpoint) === session.endpoint)?.id,
    outbound,
    ...(signAgain && { signAgain }),
  };
}

/** What a consistent hash binds the request to; undefined: nothing, or the request does not carry it. */
function hashKey({ headers, query, principal }: ForwardFacts, { service }: ChosenBackend): number | undefined {
  const { hash } = service.chunk.traffic.balancing;
  if (hash === undefined) return undefined;
  const text = hash.from === 'query' ? parseQuery(query).get(hash.name) : stickyText(hash, headers, principal);
  return text === undefined ? undefined : hash32(text);
}
