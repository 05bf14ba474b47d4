import type { Endpoint } from '../../../snapshot/chunk.ts';
import { ENDPOINT_SLICE, type EndpointSliceSpec } from '../../resources/kinds/endpoint-slice.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import type { Inventory } from '../inventory.ts';
import { type AddressRules, hostProblem } from './endpoint-address.ts';

/** What the slices of one core Service say. */
export interface SlicedService {
  readonly endpoints: readonly Endpoint[];
  /** Name of a port (empty for one without) -> where it is at the endpoints. */
  readonly ports: ReadonlyMap<string, number>;
}

const SERVICE_NAME = 'kubernetes.io/service-name';

/**
 * EndpointSlices by the `namespace/name` of their Service. Unlike the endpoints of our own Services, addresses that are
 * not allowed make no document wrong: a cluster wrote them, and routers outside of it could not reach most of them.
 */
export function sliceEndpoints(
  inventory: Inventory,
  rules: AddressRules,
  findings: Findings,
): ReadonlyMap<string, SlicedService> {
  const slices = new Map<string, Resource<EndpointSliceSpec>[]>();
  for (const slice of inventory.of(ENDPOINT_SLICE)) {
    const { namespace, labels } = slice.metadata;
    const name = labels !== undefined && Object.hasOwn(labels, SERVICE_NAME) ? labels[SERVICE_NAME] : undefined;
    if (name === undefined) findings.reject(slice, 'NoMatchingParent', `it has no label ${SERVICE_NAME}`);
    else slices.set(`${namespace}/${name}`, [...(slices.get(`${namespace}/${name}`) ?? []), slice]);
  }
  return new Map([...slices].map(([key, own]) => [key, merged(own, rules, findings)]));
}

function merged(
  slices: readonly Resource<EndpointSliceSpec>[],
  rules: AddressRules,
  findings: Findings,
): SlicedService {
  const endpoints = new Map<string, Endpoint>();
  const ports = new Map<string, number>();
  for (const slice of slices) {
    for (const { name = '', port } of slice.spec.ports ?? []) if (port !== undefined) ports.set(name, port);
    for (const address of readyAddresses(slice.spec)) {
      const problem = hostProblem(address, rules);
      if (problem === undefined) endpoints.set(address, { id: address, address, weight: 1 });
      else findings.fail(slice, 'ResolvedRefs', 'EndpointRefused', `${address} ${problem}`);
    }
  }
  return { endpoints: [...endpoints.values()], ports };
}

/** Kubernetes: of several addresses of an endpoint the first counts; ready unless it says otherwise. */
const readyAddresses = ({ endpoints }: EndpointSliceSpec): string[] =>
  (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses[0] ?? []);
