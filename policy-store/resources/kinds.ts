import type { Kind, KindInfo } from './kind.ts';
import { AUTHORIZATION_POLICY, ISTIO_AUTHORIZATION_POLICY } from './kinds/authorization-policy.ts';
import { CORE_SERVICE } from './kinds/core-service.ts';
import { ENDPOINT_SLICE } from './kinds/endpoint-slice.ts';
import { FAULT_INJECTION } from './kinds/fault-injection.ts';
import { GATEWAY } from './kinds/gateway.ts';
import { GATEWAY_CLASS } from './kinds/gateway-class.ts';
import { GRPC_ROUTE } from './kinds/grpc-route.ts';
import { HTTP_ROUTE } from './kinds/http-route.ts';
import { LISTENER_SET } from './kinds/listener-set.ts';
import { MESH_CONFIG } from './kinds/mesh-config.ts';
import { NAMESPACE } from './kinds/namespace.ts';
import { PEER_AUTHENTICATION } from './kinds/peer-authentication.ts';
import { REFERENCE_GRANT } from './kinds/reference-grant.ts';
import { REQUEST_AUTHENTICATION } from './kinds/request-authentication.ts';
import { SECRET } from './kinds/secret.ts';
import { SERVICE } from './kinds/service.ts';
import { TRAFFIC_POLICY } from './kinds/traffic-policy.ts';
import { WORKLOAD } from './kinds/workload.ts';
import { didYouMean } from './schema/closest.ts';

/** Every kind of document that can be applied. */
export const KINDS: readonly Kind[] = [
  NAMESPACE,
  CORE_SERVICE,
  SERVICE,
  WORKLOAD,
  TRAFFIC_POLICY,
  FAULT_INJECTION,
  MESH_CONFIG,
  GATEWAY_CLASS,
  GATEWAY,
  LISTENER_SET,
  HTTP_ROUTE,
  GRPC_ROUTE,
  REFERENCE_GRANT,
  SECRET,
  ENDPOINT_SLICE,
  ISTIO_AUTHORIZATION_POLICY,
  AUTHORIZATION_POLICY,
  PEER_AUTHENTICATION,
  REQUEST_AUTHENTICATION,
];

/** Kinds of the language that this version does not have. Each is refused by name with what to do instead. */
const LATER: ReadonlyMap<string, string> = new Map([
  ['gateway.networking.k8s.io/BackendTLSPolicy', 'use https endpoints in the Service'],
  ['gateway.networking.k8s.io/TLSRoute', 'only HTTP and gRPC are routed'],
  ['gateway.networking.k8s.io/TCPRoute', 'only HTTP and gRPC are routed'],
  ['gateway.networking.k8s.io/UDPRoute', 'only HTTP and gRPC are routed'],
  // What other meshes say the same with. Their defaults differ, so that nothing is taken over unread.
  ...['gateway.networking.x-k8s.io/XBackendTrafficPolicy', 'gateway.envoyproxy.io/BackendTrafficPolicy'].map(
    (kind): [string, string] => [kind, 'write a TrafficPolicy'],
  ),
  ['networking.istio.io/DestinationRule', 'write a TrafficPolicy; a subset is a Service of its own'],
  ['networking.istio.io/VirtualService', 'write an HTTPRoute, and a FaultInjection for its faults'],
  ['networking.istio.io/ServiceEntry', 'write a Service of gossamer.mesh/v1 with its endpoints'],
  ['networking.istio.io/Gateway', 'write a Gateway of gateway.networking.k8s.io/v1'],
  ['linkerd.io/ServiceProfile', 'write an HTTPRoute and a TrafficPolicy'],
]);

/** Kinds that say nothing of policy, but stand in the files of those who have Kubernetes too: read over, with a warning. */
const IGNORED: ReadonlySet<string> = new Set([
  ...['/Pod', '/ConfigMap', '/ServiceAccount', 'autoscaling/HorizontalPodAutoscaler', 'policy/PodDisruptionBudget'],
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => `apps/${kind}`),
  ...['batch/Job', 'batch/CronJob'],
  ...['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'].map((kind) => `rbac.authorization.k8s.io/${kind}`),
]);

/** Whether a document is of a kind that the mesh reads over. */
export const isIgnored = (apiVersion: unknown, kind: unknown): boolean =>
  typeof apiVersion === 'string' && typeof kind === 'string' && IGNORED.has(`${groupOf(apiVersion)}/${kind}`);

const byDocument = new Map(
  KINDS.flatMap((kind) => kind.apiVersions.map((version) => [`${version} ${kind.kind}`, kind])),
);

/** The kind of a document; undefined when there is none of this apiVersion and name. */
export const kindOf = (apiVersion: string, kind: string): Kind | undefined => byDocument.get(`${apiVersion} ${kind}`);

/** `gateway.networking.k8s.io` of `gateway.networking.k8s.io/v1`; empty for `v1`. */
export const groupOf = (apiVersion: string): string => apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));

/** Why a document's apiVersion and kind are not accepted, and what to do. */
export function unknownKind(apiVersion: string, kind: string): { code: string; message: string } {
  const advice = LATER.get(`${groupOf(apiVersion)}/${kind}`);
  if (advice !== undefined) return { code: 'not-supported-yet', message: `${kind} is not supported yet: ${advice}` };
  const others = KINDS.filter((known) => known.kind === kind).flatMap((known) => known.apiVersions);
  if (others.length > 0) {
    return {
      code: 'unknown-kind',
      message: `${kind} has apiVersion ${others.join(' or ')}, not ${quoted(apiVersion)}`,
    };
  }
  const names = new Set(KINDS.map((known) => known.kind));
  const guess = didYouMean(kind, names);
  const known = guess === '' ? `; known are ${[...names].join(', ')}` : '';
  return { code: 'unknown-kind', message: `kind ${quoted(kind)} is not known${guess}${known}` };
}

const quoted = (text: string): string => (text.length > 60 ? 'a long text' : JSON.stringify(text));

/**
 * The kinds that a word names, in any case: `HTTPRoute`, `httproutes`, `hr`, also with its group as in
 * `services.gossamer.mesh`. Several groups may share a kind. Empty: there is none.
 */
export function findKind(word: string): KindInfo[] {
  const [name = '', ...rest] = word.toLowerCase().split('.');
  const group = rest.join('.');
  return KINDS.filter(
    (kind) =>
      [kind.kind.toLowerCase(), kind.plural, ...kind.shortNames].includes(name) &&
      (group === '' || group === kind.group),
  ).map(({ group, apiVersion, kind, plural, scope }) => ({ group, apiVersion, kind, plural, scope }));
}
