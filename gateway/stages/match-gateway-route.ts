import { type MaybePromise, Refusal, type StageResult } from '../../router/exchange.ts';
import type { Addressed, Arrival, Routed, Screened } from '../../router/facts.ts';
import { routeFrom } from '../../router/routing/choose.ts';
import { andThen } from '../../router/routing/load-service.ts';
import type { AtVirtualHost } from '../virtual-host.ts';

/** Which rule of the virtual host the request falls under. Nothing was addressed: the chosen backend takes that place. */
export function matchGatewayRoute(facts: Arrival & Screened & AtVirtualHost): StageResult<Routed & Partial<Addressed>> {
  // The principal here is the Gateway's own, the same for everybody: no choice can be bound to it.
  const routed: MaybePromise<Routed | Refusal> = routeFrom(facts.table, facts, null);
  return andThen(routed, (result) => {
    if (result instanceof Refusal || result.backend === null) return result;
    const { service, widerPolicies } = result.backend;
    return { ...result, service, widerPolicies };
  });
}
