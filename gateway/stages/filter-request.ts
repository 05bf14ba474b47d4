import type { StageResult } from '../../router/exchange.ts';
import type { Authorized, Outbound } from '../../router/facts.ts';
import { type Leaving, outboundOf } from '../../router/routing/outbound.ts';
import { type FromOutside, setForwardedHeaders } from '../forwarded-headers.ts';

/** As in the mesh, and the service is told how the client came. */
export function filterRequest(facts: Leaving & Authorized & FromOutside): StageResult<Outbound> {
  setForwardedHeaders(facts, facts.headers);
  return outboundOf(facts, facts.permit.decidedBy);
}
