import { Refusal, type StageResult } from '../../router/exchange.ts';
import type { Arrival, AtGateway, Authenticated, PinnedSnapshot, Screened } from '../../router/facts.ts';
import { ListenerIndex } from '../listener-index.ts';
import type { AtVirtualHost } from '../virtual-host.ts';

/** One index a snapshot, for as long as a request holds the snapshot. */
const indexes = new WeakMap<PinnedSnapshot['gateways'], ListenerIndex>();

/** Finds the listener and the hostname that a request is for. From here on it comes from the Gateway, under its identity. */
export function matchListener(facts: Arrival & Screened): StageResult<AtGateway & Authenticated & AtVirtualHost> {
  const found = indexOf(facts.snapshot.gateways).find(facts.connection, facts.host);
  if (found === 'misdirected') {
    return new Refusal('request_invalid', 'The connection was made for another host: open one for this host.', {
      status: 421,
    });
  }
  if (found === 'none') {
    return new Refusal('route_not_found', 'No listener of this gateway has a route for the host of this request.');
  }
  const { gateway, policies, port, scheme, principal, table } = found;
  return {
    gateway: gateway.key,
    gatewayPolicies: policies,
    listenerPort: port,
    listenerScheme: scheme,
    principal,
    via: [],
    table,
  };
}

function indexOf(gateways: PinnedSnapshot['gateways']): ListenerIndex {
  let index = indexes.get(gateways);
  if (index === undefined) {
    index = new ListenerIndex(gateways);
    indexes.set(gateways, index);
  }
  return index;
}
