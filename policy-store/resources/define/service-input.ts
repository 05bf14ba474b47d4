import type { ServiceSpec } from '../kinds/service.ts';
import type { WorkloadSpec } from '../kinds/workload.ts';
import type { Marks } from './mesh-document.ts';

type Endpoint = NonNullable<ServiceSpec['endpoints']>[number];
type Port = NonNullable<ServiceSpec['ports']>[number];

/** URL of an endpoint, or more about it. */
export type EndpointInput = string | Endpoint;

/** Settings of a Service. Without ports it has port 80. */
export interface ServiceSettings<Service extends string> extends Marks {
  readonly endpoints?: EndpointInput | readonly EndpointInput[];
  readonly ports?: readonly (number | Port)[];
  /** Whose identity it answers under: another service's, or a SPIFFE ID. Default: its own. */
  readonly identity?: Service | `spiffe://${string}`;
  readonly authn?: NonNullable<ServiceSpec['authn']>;
}

/** URLs of its endpoints, or its settings. */
export type ServiceInput<Service extends string> = string | readonly string[] | ServiceSettings<Service>;

/** Registered keys of a workload, and its SPIFFE ID where that is not the one of its name. */
export type WorkloadInput = WorkloadSpec & Marks;

/** The port of an HTTP listener, or more about it. */
export type ListenerInput =
  | number
  | {
      readonly port: number;
      readonly hostname?: string;
      /** Names of `kubernetes.io/tls` Secrets: the listener speaks HTTPS. */
      readonly certificate?: string | readonly string[];
      /** Namespaces whose routes may attach: the Gateway's own, all, or those with these labels. Default: `Same`. */
      readonly routesFrom?: 'Same' | 'All' | { readonly labels: Readonly<Record<string, string>> };
    };

/** A Gateway. */
export interface GatewayInput extends Marks {
  /** By name. */
  readonly listeners: Readonly<Record<string, ListenerInput>>;
  /** Sockets of their own on Node, by logical port: `{ 80: '127.0.0.1:18080' }`. */
  readonly bind?: Readonly<Record<number, string>>;
  /** Which ListenerSets may add listeners. Default: none. */
  readonly allowedListeners?: 'Same' | 'All' | { readonly labels: Readonly<Record<string, string>> };
}
