import type { StageResult } from '../exchange.ts';
import type { AtGateway, Authorized, Outbound } from '../facts.ts';
import type { Connection } from '../message.ts';
import { setForwardedHeaders } from '../routing/forwarded-headers.ts';
import { type Leaving, outboundOf } from '../routing/outbound.ts';

/** Makes exactly what goes out: filters, then the mesh's own word about the call. Redirects answer here, after the permit. */
export function filterRequest(
  facts: Leaving & Authorized & Partial<AtGateway> & { readonly connection: Pick<Connection, 'remoteAddress' | 'tls'> },
): StageResult<Outbound> {
  const { listenerPort, listenerScheme } = facts;
  if (listenerPort !== undefined && listenerScheme !== undefined) {
    setForwardedHeaders({ ...facts, listenerPort, listenerScheme }, facts.headers);
  }
  return outboundOf(facts, facts.permit.decidedBy);
}
