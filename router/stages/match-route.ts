import type { StageResult } from '../exchange.ts';
import type { Addressed, Authenticated, Routed, Screened } from '../facts.ts';
import { type Asked, routeFrom } from '../routing/choose.ts';

/** Which rule the call falls under and which backend gets it. Where no route is attached, the service itself. */
export function matchRoute(facts: Asked & Pick<Screened, 'port'> & Addressed & Authenticated): StageResult<Routed> {
  const { service, widerPolicies, port, path, principal } = facts;
  const table = service.routesFor(port, principal?.namespace);
  if (table !== null) return routeFrom(table, facts, principal);
  return {
    rule: null,
    matchedPrefix: undefined,
    backend: { service, widerPolicies, port, filters: [] },
    forwardedPath: path,
  };
}
