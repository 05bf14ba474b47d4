import type { MeshConfigSpec } from '../kinds/mesh-config.ts';
import type { Marks, MeshDocument } from './mesh-document.ts';
import type { PolicyInput } from './policy-input.ts';
import type { RouteInput } from './route-input.ts';
import type { GatewayInput, ServiceInput, WorkloadInput } from './service-input.ts';
import type { FaultInput, TrafficInput } from './traffic-input.ts';

/** Lets the HTTPRoutes of another namespace send to a service: a ReferenceGrant in the service's namespace. */
export interface GrantInput<Service extends string> {
  readonly routesOf: string;
  readonly to: Service | readonly Service[];
}

/** What is used here and defined in other documents. */
export interface Elsewhere<Service extends string, Gateway extends string> {
  readonly services?: readonly Service[];
  readonly gateways?: readonly Gateway[];
  /** Of the MeshConfig, when it is not this mesh's `mesh`. Default: `mesh.local`. */
  readonly trustDomain?: string;
}

/**
 * A mesh as its author writes it. Names are those of documents in `namespace`; `other/name` is a document in another
 * one. Every name that a route or policy uses must be defined here, or listed in `elsewhere`.
 */
export interface MeshInput<
  Service extends string,
  Gateway extends string,
  Workload extends string,
  Route extends string,
  OtherService extends string,
  OtherGateway extends string,
  Fault extends string = string,
> {
  /** Where names without a namespace are. Default: `default`. */
  readonly namespace?: string;
  /** MeshConfig: settings of the whole mesh. */
  readonly mesh?: MeshConfigSpec;
  /** Namespace documents. Only those need one whose labels a Gateway selects by. */
  readonly namespaces?: Readonly<Record<string, Marks>>;
  /** Services: where each can be reached. Text is the URL of its endpoint. */
  readonly services?: { readonly [Name in Service]: ServiceInput<NoInfer<Service>> };
  /** Workloads: who may enrol. A list of names when there is nothing more to say. */
  readonly workloads?: readonly Workload[] | { readonly [Name in Workload]: WorkloadInput };
  readonly gateways?: { readonly [Name in Gateway]: GatewayInput };
  /** HTTPRoutes, on services and gateways. */
  readonly routes?: {
    readonly [Name in Route]: RouteInput<
      NoInfer<Service | OtherService>,
      NoInfer<Gateway | OtherGateway>,
      NoInfer<Fault>
    >;
  };
  /** AuthorizationPolicies: who may call whom. */
  readonly policies?: Readonly<
    Record<
      string,
      PolicyInput<
        NoInfer<Service | OtherService | Gateway>,
        NoInfer<Service | OtherService | Gateway | OtherGateway | Workload>
      >
    >
  >;
  /** TrafficPolicies: timeouts, retries, limits, load balancing and the rest of resilience. */
  readonly traffic?: Readonly<Record<string, TrafficInput<NoInfer<Service | OtherService>, NoInfer<Route>>>>;
  /** FaultInjections. */
  readonly faults?: {
    readonly [Name in Fault]: FaultInput<
      NoInfer<Service | OtherService>,
      NoInfer<Route>,
      NoInfer<Service | OtherService | Gateway | OtherGateway | Workload>
    >;
  };
  /** ReferenceGrants. */
  readonly grants?: Readonly<Record<string, GrantInput<NoInfer<Service>>>>;
  readonly elsewhere?: Elsewhere<OtherService, OtherGateway>;
  /** Documents of any kind, for what has no shorter form. They are taken as they are. */
  readonly documents?: readonly MeshDocument[];
}

/** A mesh without its names: what the documents are made from. */
export type AnyMesh = MeshInput<string, string, string, string, string, string>;
