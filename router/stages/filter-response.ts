import type { StageResult } from '../exchange.ts';
import type { Arrival, AtGateway, Forwarded, Limited, Routed, Screened } from '../facts.ts';
import type { RouterPorts } from '../ports.ts';
import { tellLimits } from '../resilience/rate-headers.ts';
import { corsPolicyOf, shareAnswer } from '../routing/cors.ts';
import { backendHash, endpointHash, tellSession } from '../routing/session.ts';
import { connectionTokens, headerClass } from '../screening/header-class.ts';
import { modifyHeaders } from '../screening/policy-headers.ts';

type Facts = { readonly parts: { readonly ports: Pick<RouterPorts, 'clock'> } } & Pick<
  Arrival,
  'request' | 'now' | 'attempts'
> &
  Pick<Screened, 'headers'> &
  Partial<Pick<AtGateway, 'listenerScheme'>> &
  Routed &
  Limited &
  Forwarded;

/**
 * Takes off an upstream's answer what is not for the caller (this connection's headers, the mesh's own, identities),
 * then applies the filters of the rule and of the backendRef, and tells the session that the client is in.
 */
export function filterResponse(facts: Facts): StageResult<object> {
  const { headers } = facts.response;
  const listed = connectionTokens(headers.getAll('connection'));
  headers.deleteWhere((name) => isInternal(name) || listed.includes(name));
  if (facts.draws !== undefined) tellLimits(headers, facts.draws, facts.parts.ports.clock.monotonic());
  const filters = [...(facts.rule?.filters ?? []), ...(facts.backend?.filters ?? [])];
  const cors = corsPolicyOf(filters);
  if (cors !== undefined) shareAnswer(cors, facts.headers, headers);
  for (const filter of filters) {
    if (filter.type === 'ResponseHeaderModifier') modifyHeaders(headers, filter);
  }
  keepSession(facts);
}

/** A session is with the endpoint that answered: where the one before is gone, or failed, a new one begins here. */
function keepSession(facts: Facts): void {
  const { rule, backend, session: held, attempts, response, now } = facts;
  const last = attempts.findLast(({ status }) => status !== undefined);
  if (!rule?.session || backend === null || last === undefined) return;
  const met = {
    backend: backendHash(backend.service.key, backend.port),
    endpoint: endpointHash({ id: last.endpoint }),
  };
  const goesOn = held !== undefined && held.backend === met.backend && held.endpoint === met.endpoint;
  const token = goesOn ? held : { ...met, startedAt: Math.floor(now / 1000) };
  const secure = (facts.listenerScheme ?? facts.request.scheme) === 'https';
  tellSession(response.headers, rule.session, token, { held, now, secure });
}

function isInternal(name: string): boolean {
  const of = headerClass(name);
  return of === 'hop-by-hop' || of === 'mesh' || of === 'identity';
}
