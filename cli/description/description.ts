import type { ListenerStatus, Resource } from '../../policy-store/resources/resource.ts';
import type { ServiceChunk } from '../../snapshot/chunk.ts';
import type { GatewayChunk } from '../../snapshot/gateway-chunk.ts';
import type { MeshView, Route } from './mesh-view.ts';
import {
  holdsFor,
  type PolicyDescription,
  policiesOfGateway,
  policiesOfService,
  rulesOf,
} from './policy-description.ts';
import {
  type AttachmentDescription,
  attachedTo,
  type ParentDescription,
  parentsOf,
  type RuleDescription,
  rulesOf as rulesOfRoute,
  sendingTo,
} from './route-description.ts';

/** What a service is to its callers. */
export interface ServiceDescription
  extends Pick<ServiceChunk, 'identity' | 'authn' | 'peerAuthentication' | 'ports' | 'endpoints' | 'traffic'> {
  /** `http://orders.shop.mesh`. */
  readonly address: string;
  readonly routes: readonly AttachmentDescription[];
  /** Routes that send here. */
  readonly backendOf: readonly string[];
  readonly policies: readonly PolicyDescription[];
  readonly defaultAuthorization: 'deny' | 'allow';
}

export interface GatewayDescription {
  /** SPIFFE ID under which its calls enter the mesh. */
  readonly identity: string;
  readonly listeners: readonly ListenerDescription[];
  readonly binds: GatewayChunk['binds'];
  readonly routes: readonly AttachmentDescription[];
  readonly policies: readonly PolicyDescription[];
}

export interface ListenerDescription {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname?: string;
  /** Absent: the store did not say. */
  readonly attachedRoutes?: number;
  readonly conditions: ListenerStatus['conditions'];
}

export interface RouteDescription {
  readonly hostnames: readonly string[];
  readonly parents: readonly ParentDescription[];
  readonly rules: readonly RuleDescription[];
}

export interface AuthorizationDescription {
  readonly holdsFor: readonly string[];
  readonly rules: readonly string[];
}

/** One document (of a Service there may be two, core and ours) and what it means in its mesh. */
export interface Description {
  readonly documents: readonly Resource[];
  readonly service?: ServiceDescription;
  readonly gateway?: GatewayDescription;
  readonly route?: RouteDescription;
  readonly authorization?: AuthorizationDescription;
  /** What the tokens of a Workload will say. */
  readonly workload?: { readonly spiffeId: string };
}

/** @param documents of one name; not empty */
export function describe(view: MeshView, documents: readonly [Resource, ...Resource[]]): Description {
  const [first] = documents;
  switch (first.kind) {
    case 'Service':
      return { documents, ...serviceOf(view, first) };
    case 'Gateway':
    case 'ListenerSet':
      return { documents, gateway: gatewayOf(view, first) };
    case 'HTTPRoute':
    case 'GRPCRoute':
      return { documents, route: routeOf(view, first as Route) };
    case 'AuthorizationPolicy':
      return { documents, authorization: { holdsFor: holdsFor(view, first), rules: rulesOf(first) } };
    case 'Workload':
      return { documents, ...workloadOf(view, first) };
    case 'Secret':
      return { documents: documents.map(withoutSecrets) };
    default:
      return { documents };
  }
}

function serviceOf(view: MeshView, { metadata }: Resource): { service?: ServiceDescription } {
  const { namespace, name } = metadata;
  const chunk = view.service(namespace, name);
  // A document that can not be read compiles to nothing; its conditions say why.
  if (chunk === undefined) return {};
  const { identity, authn, peerAuthentication, ports, endpoints, traffic } = chunk;
  const { domain, defaultAuthorization } = view.compiled.mesh;
  return {
    service: {
      address: `http://${name}.${namespace}.${domain}`,
      identity,
      authn,
      peerAuthentication,
      ports,
      endpoints,
      traffic,
      routes: attachedTo(view, `Service ${namespace}/${name}`),
      backendOf: sendingTo(view, `${namespace}/${name}`),
      policies: policiesOfService(view, namespace, name),
      defaultAuthorization,
    },
  };
}

interface Listening {
  readonly listeners?: readonly { name: string; port: number; protocol: string; hostname?: string }[];
}

function gatewayOf(view: MeshView, document: Resource): GatewayDescription {
  const { kind, metadata, status } = document;
  const { namespace, name } = metadata;
  const { listeners = [] } = document.spec as Listening;
  const chunk = view.gateway(namespace, name);
  return {
    identity: chunk?.identity ?? '',
    listeners: listeners.map(({ name, port, protocol, hostname }) => {
      const own = status?.listeners?.find((listener) => listener.name === name);
      return {
        name,
        port,
        protocol,
        ...(hostname !== undefined && { hostname }),
        ...(own !== undefined && { attachedRoutes: own.attachedRoutes }),
        conditions: own?.conditions ?? [],
      };
    }),
    binds: chunk?.binds ?? [],
    routes: attachedTo(view, `${kind} ${namespace}/${name}`),
    policies: policiesOfGateway(view, namespace, name),
  };
}

const routeOf = (view: MeshView, route: Route): RouteDescription => ({
  hostnames: route.spec.hostnames ?? [],
  parents: parentsOf(route),
  rules: rulesOfRoute(view, route),
});

function workloadOf({ compiled }: MeshView, { metadata }: Resource): Pick<Description, 'workload'> {
  const found = compiled.workloads.find((w) => w.namespace === metadata.namespace && w.name === metadata.name);
  return found === undefined ? {} : { workload: { spiffeId: found.spiffeId } };
}

/** Of a secret only which values there are, and how long each is. */
function withoutSecrets(document: Resource): Resource {
  const spec = Object.entries(document.spec as object).map(([field, value]) =>
    field === 'data' || field === 'stringData' ? [field, lengthsOf(value)] : [field, value],
  );
  return { ...document, spec: Object.fromEntries(spec) };
}

const lengthsOf = (values: object): object =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, `${String(value).length} characters`]));
