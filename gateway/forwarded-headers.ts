import type { AtGateway, Screened } from '../router/facts.ts';
import type { HeaderList } from '../router/headers.ts';
import type { Connection, RequestHead } from '../router/message.ts';

/** What is known of how a request came in. */
export interface FromOutside extends Pick<Screened, 'forwarded' | 'authority'> {
  readonly connection: Pick<Connection, 'remoteAddress' | 'tls'>;
  readonly request: Pick<RequestHead, 'scheme'>;
  readonly listenerPort: AtGateway['listenerPort'];
  readonly listenerScheme: AtGateway['listenerScheme'];
}

/**
 * Tells the service how the client came: written anew by the front door, as Envoy does at the edge. Only a proxy that is
 * trusted may have said something of it before.
 */
export function setForwardedHeaders(facts: FromOutside, headers: HeaderList): void {
  const { forwarded, connection, authority, listenerPort, listenerScheme } = facts;
  const { remoteAddress } = connection;
  const chain = [...(forwarded.believed ? forwarded.for : []), ...(remoteAddress === '' ? [] : [remoteAddress])];
  if (chain.length > 0) headers.set('x-forwarded-for', chain.join(', '));
  const told = forwarded.believed ? forwarded.proto?.toLowerCase() : undefined;
  const scheme = connection.tls ? 'https' : listenerScheme;
  headers.set('x-forwarded-proto', told === 'http' || told === 'https' ? told : scheme);
  headers.set('x-forwarded-host', authority);
  headers.set('x-forwarded-port', String(listenerPort));
}
