import { stringify } from 'yaml';
import type {
  AuthorizationDescription,
  Description,
  GatewayDescription,
  RouteDescription,
  ServiceDescription,
} from '../description/description.ts';
import type { Colours } from './colours.ts';
import { Page, placeText } from './description-page.ts';
import { printable } from './printable.ts';
import { trafficFacts } from './traffic.ts';

type Row = readonly string[];

/** A description for people: what it is, what belongs to it, whether it is in force. */
export function descriptionText(description: Description, colours: Colours, now: number): string {
  const page = new Page(colours);
  const shown = printable(description);
  const { documents, service, gateway, route, authorization } = shown;
  const [first] = documents;
  if (first === undefined) return '';
  page.head(documents, now, factsOf(shown));
  if (service !== undefined) servicePart(page, service);
  else if (gateway !== undefined) gatewayPart(page, gateway);
  else if (route !== undefined) routePart(page, route);
  else if (authorization !== undefined) authorizationPart(page, authorization);
  else page.text('SPEC', stringify(first.spec ?? {}, { lineWidth: 0 }));
  for (const document of documents) page.conditions(document, documents.length > 1);
  return page.toString();
}

/** What fits beside a label. */
function factsOf({ service, gateway, route, workload }: Description): Row[] {
  if (workload !== undefined) return [['Identity', workload.spiffeId]];
  if (service !== undefined) {
    const { address, identity, authn, peerAuthentication, ports, traffic } = service;
    return [
      ['Address', address],
      ['Identity', identity],
      ['Ports', ports.map(portText).join(', ')],
      [
        'Callers',
        `identity ${peerAuthentication === 'STRICT' ? 'required' : 'optional'} (${peerAuthentication}), ${authn}`,
      ],
      ...trafficFacts(traffic),
    ];
  }
  if (gateway !== undefined) {
    const sockets = gateway.binds.map(({ port, host, socketPort }) => `${port} on ${host}:${socketPort}`);
    return [
      ...(gateway.identity === '' ? [] : [['Identity', gateway.identity]]),
      ...(sockets.length === 0 ? [] : [['Sockets', sockets.join(', ')]]),
    ];
  }
  return route === undefined || route.hostnames.length === 0 ? [] : [['Hostnames', route.hostnames.join(', ')]];
}

const portText = ({ port, name, targetPort, appProtocol }: ServiceDescription['ports'][number]): string =>
  [`${name === undefined ? '' : `${name}:`}${port}`, targetPort && `→ ${targetPort}`, appProtocol && `(${appProtocol})`]
    .filter(Boolean)
    .join(' ');

function servicePart(page: Page, service: ServiceDescription): void {
  const { endpoints, routes, backendOf, policies, defaultAuthorization } = service;
  const rows = endpoints.map(({ url, binding, address, weight, region }) => [
    url ?? (binding === undefined ? (address ?? '') : `binding ${binding}`),
    String(weight),
    region ?? '-',
  ]);
  page.table('ENDPOINTS', ['ENDPOINT', 'WEIGHT', 'REGION'], rows, 'none of its own');
  page.routes(routes, 'none: requests go to its endpoints');
  if (backendOf.length > 0) page.lines('BACKEND OF', backendOf);
  page.policies(policies, `none: by default the mesh ${defaultAuthorization === 'deny' ? 'denies' : 'allows'}`);
}

function gatewayPart(page: Page, { listeners, routes, policies }: GatewayDescription): void {
  const rows = listeners.map(({ name, port, protocol, hostname, attachedRoutes, conditions }) => [
    name,
    String(port),
    protocol,
    hostname ?? '*',
    attachedRoutes === undefined ? '-' : String(attachedRoutes),
    page.state(conditions),
  ]);
  page.table('LISTENERS', ['NAME', 'PORT', 'PROTOCOL', 'HOSTNAME', 'ROUTES', 'STATE'], rows);
  page.routes(routes, 'none attached');
  if (policies.length > 0) page.policies(policies, '');
}

function routePart(page: Page, { parents, rules }: RouteDescription): void {
  const rows = parents.map((parent) => [`${parent.parent}${placeText(parent)}`, page.state(parent.conditions)]);
  page.table('PARENTS', ['PARENT', 'STATE'], rows, 'none: it is attached nowhere');
  page.lines(
    'RULES',
    rules.flatMap((rule) => page.rule(rule)),
    'none',
  );
}

function authorizationPart(page: Page, { holdsFor, rules }: AuthorizationDescription): void {
  page.lines('HOLDS FOR', holdsFor, 'nothing');
  page.lines('RULES', rules, 'none: it never holds');
}
