import type { AuthorizationPolicy } from './policy.ts';
import type { RouteTable } from './route.ts';
import type { UserRule } from './user-rule.ts';

/** Routes under one hostname of a listener. `*.example.com` matches any depth, not the apex; `*` every host. */
export interface VirtualHost {
  readonly hostname: string;
  readonly table: RouteTable;
}

export interface Listener {
  readonly name: string;
  /** The logical port: what redirects and parentRefs mean, wherever the socket really is. */
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  /** HTTPS only: what the handshake for this listener shows; the first one that fits the server name. */
  readonly certificates?: readonly ListenerCertificate[];
  /** Absent: every host. */
  readonly hostname?: string;
  /** Most specific hostname first. */
  readonly hosts: readonly VirtualHost[];
}

/** From a `kubernetes.io/tls` Secret. The reason why chunks are read with a token and kept with mode 0600. */
export interface ListenerCertificate {
  /** PEM, leaf first. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
}

/** All that a gateway must know of one Gateway. */
export interface GatewayChunk {
  readonly kind: 'gateway';
  readonly namespace: string;
  readonly name: string;
  /** SPIFFE ID under which its calls enter the mesh. */
  readonly identity: string;
  readonly listeners: readonly Listener[];
  /** From the annotation `gossamer.mesh/bind`: sockets of their own for logical ports. */
  readonly binds: readonly { readonly port: number; readonly host: string; readonly socketPort: number }[];
  /** Policies that target this Gateway; judged before the backend's. */
  readonly policies: readonly AuthorizationPolicy[];
  /** Whose end users it knows, by RequestAuthentications that target it; absent: none. */
  readonly users?: readonly UserRule[];
}
