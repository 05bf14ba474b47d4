import type {
  Addressed,
  Arrival,
  AtGateway,
  Authenticated,
  Authorized,
  Delayed,
  Forwarded,
  Limited,
  Mirrored,
  Outbound,
  Routed,
  RouterParts,
  Screened,
  Traced,
  UserAuthenticated,
} from './facts.ts';

/** What stages find out. */
type Findings = Screened &
  Traced &
  AtGateway &
  Addressed &
  Authenticated &
  Routed &
  UserAuthenticated &
  Authorized &
  Limited &
  Delayed &
  Outbound &
  Mirrored &
  Forwarded;

/** An exchange on its way: which facts are there depends on how far it came. */
export type Exchange = Arrival & { -readonly [Fact in keyof Findings]?: Findings[Fact] | undefined };

/** Every fact has its place from the start: an object that grows with each stage would be copied with each stage. */
export function arrive(
  parts: RouterParts,
  arrival: Omit<Arrival, 'parts' | 'attempts' | 'place' | 'release'>,
): Exchange {
  const { request, body, connection, snapshot, now, decisionId, cancellation } = arrival;
  return {
    parts,
    request,
    body,
    connection,
    snapshot,
    now,
    decisionId,
    cancellation,
    attempts: [],
    path: undefined,
    query: undefined,
    host: undefined,
    port: undefined,
    authority: undefined,
    headers: undefined,
    meshHeaders: undefined,
    forwarded: undefined,
    credentials: undefined,
    trace: undefined,
    gateway: undefined,
    gatewayPolicies: undefined,
    listenerPort: undefined,
    listenerScheme: undefined,
    service: undefined,
    widerPolicies: undefined,
    principal: undefined,
    via: undefined,
    identity: undefined,
    rule: undefined,
    matchedPrefix: undefined,
    backend: undefined,
    session: undefined,
    forwardedPath: undefined,
    endUser: undefined,
    permit: undefined,
    shadow: undefined,
    draws: undefined,
    limited: undefined,
    delayed: undefined,
    outbound: undefined,
    signAgain: undefined,
    copies: undefined,
    response: undefined,
    release: undefined,
    place: undefined,
  } satisfies Record<keyof Exchange, unknown>;
}
