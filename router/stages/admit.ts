import type { StageResult } from '../exchange.ts';
import type { Arrival, Authenticated, Routed, Screened } from '../facts.ts';
import { placeAt } from '../resilience/admission/place-at.ts';

/** Lets no more requests go to a service at the same time than its policy allows. */
export const admit = (facts: Arrival & Screened & Authenticated & Routed): StageResult<object> =>
  facts.backend === null ? undefined : placeAt(facts.backend, facts);
