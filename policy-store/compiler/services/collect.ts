import type { Endpoint, ServicePort, Strength } from '../../../snapshot/chunk.ts';
import type { MeshSettings } from '../../../snapshot/manifest.ts';
import { CORE_SERVICE, type CoreServiceSpec } from '../../resources/kinds/core-service.ts';
import { SERVICE, type ServiceSpec } from '../../resources/kinds/service.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { defaultIdentity, identityProblem } from '../identity.ts';
import { type Inventory, nameOf } from '../inventory.ts';
import { type AddressRules, hostProblem, parseEndpointUrl } from './endpoint-address.ts';
import { type SlicedService, sliceEndpoints } from './endpoint-slices.ts';

/** A service as its documents describe it, before routes and policies are bound to it. */
export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly identity: string;
  readonly authn: Strength;
  readonly ports: readonly ServicePort[];
  readonly endpoints: readonly Endpoint[];
}

/** `namespace/name` -> service. A core Service and ours of one name are one. */
export type Services = ReadonlyMap<string, ServiceFacts>;

type Pair = { core?: Resource<CoreServiceSpec>; own?: Resource<ServiceSpec> };

export function collectServices(
  inventory: Inventory,
  mesh: MeshSettings,
  rules: AddressRules,
  findings: Findings,
): Services {
  const pairs = new Map<string, Pair>();
  for (const core of inventory.of(CORE_SERVICE)) pairs.set(nameOf(core), { core });
  for (const own of inventory.of(SERVICE)) pairs.set(nameOf(own), { ...pairs.get(nameOf(own)), own });
  const slices = sliceEndpoints(inventory, rules, findings);
  return new Map([...pairs].map(([key, pair]) => [key, serviceFacts(pair, slices.get(key), mesh, rules, findings)]));
}

function serviceFacts(
  { core, own }: Pair,
  sliced: SlicedService | undefined,
  mesh: MeshSettings,
  rules: AddressRules,
  findings: Findings,
): ServiceFacts {
  // Who wrote a Service of ours wrote where it is; slices speak where none did.
  const endpoints = own === undefined ? [] : endpointsOf(own, rules, findings);
  const { namespace, name } = (own ?? core)?.metadata ?? { namespace: '', name: '' };
  return {
    namespace,
    name,
    labels: { ...core?.metadata.labels, ...own?.metadata.labels },
    identity: own === undefined ? defaultIdentity(mesh, namespace, name) : identityOf(own, mesh, findings),
    authn: own?.spec.authn ?? 'proof',
    ports: portsOf(core?.spec, own?.spec, sliced?.ports),
    endpoints: own?.spec.endpoints === undefined ? (sliced?.endpoints ?? []) : endpoints,
  };
}

function identityOf(own: Resource<ServiceSpec>, mesh: MeshSettings, findings: Findings): string {
  const { namespace, name } = own.metadata;
  const identity = own.spec.identity ?? defaultIdentity(mesh, namespace, name);
  const problem = identityProblem(identity, mesh, namespace);
  if (problem !== undefined) findings.error(own, 'spec.identity', 'identity-refused', problem);
  return identity;
}

/** Ours, else the TCP ports of the core Service, else port 80: a service without ports is a plain HTTP service. */
function portsOf(
  core: CoreServiceSpec | undefined,
  own: ServiceSpec | undefined,
  sliced: SlicedService['ports'] = new Map(),
): ServicePort[] {
  if (own?.ports !== undefined && own.ports.length > 0) return own.ports;
  const tcp = (core?.ports ?? []).filter((port) => (port.protocol ?? 'TCP') === 'TCP');
  if (tcp.length === 0) return [{ port: 80 }];
  return tcp.map(({ name, port, targetPort, appProtocol }) => {
    // A targetPort may be the name of a pod's port: only slices know its number.
    const target = typeof targetPort === 'number' ? targetPort : sliced.get(name ?? '');
    return {
      ...(name !== undefined && { name }),
      port,
      ...(target !== undefined && { targetPort: target }),
      ...(appProtocol !== undefined && { appProtocol }),
    };
  });
}

type EndpointSpec = NonNullable<ServiceSpec['endpoints']>[number];

function endpointsOf(own: Resource<ServiceSpec>, rules: AddressRules, findings: Findings): Endpoint[] {
  return (own.spec.endpoints ?? []).flatMap((spec, index) => {
    const place = placeOf(spec, rules);
    if ('problem' in place) {
      findings.error(own, `spec.endpoints[${index}].${place.field}`, 'endpoint-refused', place.problem);
      return [];
    }
    const { labels, region, weight = 1 } = spec;
    return [{ ...place, weight, ...(region !== undefined && { region }), ...(labels !== undefined && { labels }) }];
  });
}

type Place =
  | Pick<Endpoint, 'id' | 'url' | 'binding' | 'address'>
  | { readonly problem: string; readonly field: string };

function placeOf({ url, binding, address }: EndpointSpec, rules: AddressRules): Place {
  if (binding !== undefined) return { id: `binding:${binding}`, binding };
  if (address !== undefined) {
    const problem = hostProblem(address, rules);
    return problem === undefined ? { id: address, address } : { problem, field: 'address' };
  }
  const parsed = parseEndpointUrl(url ?? '');
  const problem = 'problem' in parsed ? parsed.problem : hostProblem(parsed.host, rules);
  if (problem !== undefined || 'problem' in parsed) return { problem: problem ?? '', field: 'url' };
  const plain = `${parsed.scheme}://${parsed.authority}`;
  return { id: plain, url: plain };
}
