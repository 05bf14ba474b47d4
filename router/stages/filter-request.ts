import type { StageResult } from '../exchange.ts';
import type { Authorized, Outbound } from '../facts.ts';
import { type Leaving, outboundOf } from '../routing/outbound.ts';

/** Makes exactly what goes out: filters, then the mesh's own word about the call. Redirects answer here, after the permit. */
export const filterRequest = (facts: Leaving & Authorized): StageResult<Outbound> =>
  outboundOf(facts, facts.permit.decidedBy);
