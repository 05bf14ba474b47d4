import type { GatewaySpec } from '../kinds/gateway.ts';
import type { ServiceSpec } from '../kinds/service.ts';
import type { WorkloadSpec } from '../kinds/workload.ts';
import type { Resource } from '../resource.ts';
import { type Fields, onlyKnown } from './known-fields.ts';
import { type Marks, marked } from './mesh-document.ts';
import { isList, listOf, type Names } from './names.ts';
import type { GatewayInput, ListenerInput, ServiceInput, ServiceSettings, WorkloadInput } from './service-input.ts';

const MARKS: Fields<Marks> = { labels: true, annotations: true };
const SERVICE: Fields<ServiceSettings<string>> = {
  ...MARKS,
  endpoints: true,
  ports: true,
  identity: true,
  authn: true,
};
const GATEWAY: Fields<GatewayInput> = { ...MARKS, listeners: true, bind: true, allowedListeners: true };
const LISTENER: Fields<Exclude<ListenerInput, number>> = {
  port: true,
  hostname: true,
  certificate: true,
  routesFrom: true,
};

/** Namespace, core v1. */
export function namespaceDocument(name: string, marks: Marks): Resource {
  onlyKnown(`namespaces.${name}`, marks, MARKS);
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, namespace: '', ...marked(marks) }, spec: {} };
}

/** Service, with its ports written out. */
export function serviceDocument(key: string, input: ServiceInput<string>, names: Names): Resource<ServiceSpec> {
  const settings: ServiceSettings<string> = typeof input === 'string' || isList(input) ? { endpoints: input } : input;
  onlyKnown(`services.${key}`, settings, SERVICE);
  const { endpoints, ports = [80], authn } = settings;
  const identity = names.identityOf(key);
  return {
    apiVersion: 'gossamer.mesh/v1',
    kind: 'Service',
    metadata: { ...names.place(key), ...marked(settings) },
    spec: {
      ...(identity !== undefined && { identity }),
      ...(authn !== undefined && { authn }),
      ports: ports.map((port) => (typeof port === 'number' ? { port } : port)),
      endpoints: listOf(endpoints).map((endpoint) => (typeof endpoint === 'string' ? { url: endpoint } : endpoint)),
    },
  };
}

/** Workload; its fields are those of the document. */
export function workloadDocument(key: string, input: WorkloadInput, names: Names): Resource<WorkloadSpec> {
  const { labels: _labels, annotations: _annotations, ...spec } = input;
  return {
    apiVersion: 'gossamer.mesh/v1',
    kind: 'Workload',
    metadata: { ...names.place(key), ...marked(input) },
    spec,
  };
}

/** Gateway of the class `gossamer`. */
export function gatewayDocument(key: string, input: GatewayInput, names: Names): Resource<GatewaySpec> {
  onlyKnown(`gateways.${key}`, input, GATEWAY);
  const binds = Object.entries(input.bind ?? {}).map(([port, socket]) => `${port}=${socket}`);
  const annotations = { ...input.annotations, ...(binds.length > 0 && { 'gossamer.mesh/bind': binds.join(',') }) };
  const { allowedListeners, labels } = input;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: {
      ...names.place(key),
      ...marked({ ...(labels && { labels }), ...(Object.keys(annotations).length > 0 && { annotations }) }),
    },
    spec: {
      gatewayClassName: 'gossamer',
      ...(allowedListeners !== undefined && { allowedListeners: { namespaces: namespacesFrom(allowedListeners) } }),
      listeners: Object.entries(input.listeners).map(([name, listener]) => listenerOf(key, name, listener)),
    },
  };
}

function listenerOf(gateway: string, name: string, input: ListenerInput): GatewaySpec['listeners'][number] {
  const settings = typeof input === 'number' ? { port: input } : input;
  onlyKnown(`gateways.${gateway}.listeners.${name}`, settings, LISTENER);
  const { port, hostname, certificate, routesFrom } = settings;
  return {
    name,
    port,
    protocol: certificate === undefined ? 'HTTP' : 'HTTPS',
    ...(hostname !== undefined && { hostname }),
    ...(certificate !== undefined && {
      tls: { mode: 'Terminate', certificateRefs: listOf<string>(certificate).map((secret) => ({ name: secret })) },
    }),
    ...(routesFrom !== undefined && { allowedRoutes: { namespaces: namespacesFrom(routesFrom) } }),
  };
}

function namespacesFrom(input: 'Same' | 'All' | { readonly labels: Readonly<Record<string, string>> }) {
  return typeof input === 'string'
    ? { from: input }
    : { from: 'Selector' as const, selector: { matchLabels: { ...input.labels } } };
}
