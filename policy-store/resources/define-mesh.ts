/**
 * A mesh in TypeScript, for people who own no YAML: `gossamer apply -f mesh.config.ts`. It comes to the documents of the
 * policy language and to nothing else.
 */
import { type Fields, onlyKnown } from './define/known-fields.ts';
import type { MeshDocument } from './define/mesh-document.ts';
import type { AnyMesh, MeshInput } from './define/mesh-input.ts';
import { isList, Names } from './define/names.ts';
import { grantDocument, policyDocument } from './define/policy-documents.ts';
import { routeDocument } from './define/route-documents.ts';
import { gatewayDocument, namespaceDocument, serviceDocument, workloadDocument } from './define/service-documents.ts';
import type { WorkloadInput } from './define/service-input.ts';
import { faultDocument, trafficDocument } from './define/traffic-documents.ts';

export type { MeshDocument } from './define/mesh-document.ts';
export type { MeshInput } from './define/mesh-input.ts';
export type { CallerInput, PolicyInput } from './define/policy-input.ts';
export type { MatchInput, RouteInput, RuleInput } from './define/route-input.ts';
export type { GatewayInput, ServiceInput, WorkloadInput } from './define/service-input.ts';
export type { FaultInput, TrafficInput } from './define/traffic-input.ts';

/** What a config file exports by default. */
export interface Mesh {
  /** Namespaces, services, workloads, gateways, routes, policies and the rest, in the order in which they were written. */
  toDocuments(): readonly MeshDocument[];
}

const MESH: Fields<AnyMesh> = {
  namespace: true,
  mesh: true,
  namespaces: true,
  services: true,
  workloads: true,
  gateways: true,
  routes: true,
  policies: true,
  traffic: true,
  faults: true,
  grants: true,
  elsewhere: true,
  documents: true,
};

/**
 * Defines a mesh. A name that no `services`, `gateways`, `workloads` or `elsewhere` has does not compile, and where
 * nobody checks the types (Node takes them away unread) throws.
 * @throws TypeError when a name is not known, a field is not, or an entry contradicts itself; its message begins with
 * the place (`policies.orders-from-cart.allow`)
 */
export function defineMesh<
  const Service extends string = never,
  const Gateway extends string = never,
  const Workload extends string = never,
  const Route extends string = never,
  const OtherService extends string = never,
  const OtherGateway extends string = never,
  const Fault extends string = never,
>(mesh: MeshInput<Service, Gateway, Workload, Route, OtherService, OtherGateway, Fault>): Mesh {
  const documents = documentsOf(mesh as AnyMesh);
  return { toDocuments: () => documents };
}

function documentsOf(mesh: AnyMesh): readonly MeshDocument[] {
  onlyKnown('the mesh', mesh, MESH);
  const names = new Names(mesh);
  return [
    ...entries(mesh.namespaces).map(([name, marks]) => namespaceDocument(name, marks)),
    ...(mesh.mesh === undefined ? [] : [meshConfig(mesh.mesh)]),
    ...entries(mesh.services).map(([name, service]) => serviceDocument(name, service, names)),
    ...workloadsOf(mesh).map(([name, workload]) => workloadDocument(name, workload, names)),
    ...entries(mesh.gateways).map(([name, gateway]) => gatewayDocument(name, gateway, names)),
    ...entries(mesh.routes).map(([name, route]) => routeDocument(name, route, names)),
    ...entries(mesh.policies).map(([name, policy]) => policyDocument(name, policy, names)),
    ...entries(mesh.traffic).map(([name, traffic]) => trafficDocument(name, traffic, names)),
    ...entries(mesh.faults).map(([name, fault]) => faultDocument(name, fault, names)),
    ...entries(mesh.grants).map(([name, grant]) => grantDocument(name, grant, names)),
    ...(mesh.documents ?? []),
  ];
}

const entries = <T>(record: Readonly<Record<string, T>> = {}): [string, T][] => Object.entries(record);

const meshConfig = (spec: NonNullable<AnyMesh['mesh']>): MeshDocument => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'MeshConfig',
  metadata: { name: 'mesh' },
  spec,
});

function workloadsOf({ workloads = [] }: AnyMesh): [string, WorkloadInput][] {
  return isList<string>(workloads) ? workloads.map((name) => [name, {}]) : Object.entries(workloads);
}
