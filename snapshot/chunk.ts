import type { GatewayChunk } from './gateway-chunk.ts';
import type { KeySet } from './key-set.ts';
import type { AuthorizationPolicy } from './policy.ts';
import type { Fallback, FaultRule, HedgePolicy, RateLimit, RouteTable, StickyKey } from './route.ts';
import type { UserRule } from './user-rule.ts';

/** Least strength of identity that a service accepts. */
export type Strength = 'bearer' | 'proof' | 'strict-proof' | 'mtls';

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number;
  /** `kubernetes.io/h2c`, `kubernetes.io/ws`, ...; absent means HTTP/1.1. */
  readonly appProtocol?: string;
}

/** Where a service can be reached: exactly one of `url`, `binding`, `address`. */
export interface Endpoint {
  /** Stable within the service; names the endpoint in logs and metrics. */
  readonly id: string;
  /** Absolute http(s) URL without path. */
  readonly url?: string;
  /** Name of a service binding of the worker that the router runs in. */
  readonly binding?: string;
  /** IP address or DNS name, reached at the service port's `targetPort`. */
  readonly address?: string;
  readonly weight: number;
  readonly region?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** TrafficPolicy with every default filled in. Times in milliseconds, shares in 0..1. */
export interface TrafficSettings {
  /** Whole request, all tries and waits. */
  readonly requestTimeout: number;
  /** One try; 0 = only the request's timeout bounds it. */
  readonly tryTimeout: number;
  readonly retry: {
    /** Tries after the first. */
    readonly limit: number;
    readonly backoffBase: number;
    readonly backoffMax: number;
    readonly codes: readonly number[];
    /** True lets requests of unknown outcome be sent again (double payments included). */
    readonly unsafe: boolean;
    /** Further tries: a share of the requests in the window, at least `floor` a second. */
    readonly budget: { readonly share: number; readonly floor: number; readonly window: number };
    /** Bytes of a body that are kept to be sent again. */
    readonly replayCap: number;
  };
  readonly breaker: BreakerPolicy;
  readonly outlier?: OutlierPolicy;
  readonly balancing: BalancingPolicy;
  readonly hedge?: HedgePolicy;
  readonly concurrency?: ConcurrencyPolicy;
  readonly admission?: AdmissionPolicy;
  readonly rateLimits?: readonly RateLimit[];
  readonly fallback?: Fallback;
  readonly faults?: readonly FaultRule[];
}

/** When an endpoint is left alone for a while. */
export interface BreakerPolicy {
  /** Failures in a row that open it; 0: they never do. */
  readonly failures: number;
  /** Answers that count as failures, beside none at all. */
  readonly codes: readonly number[];
  /** Share of good answers in a window with at least `minimum` of them, under which it opens. */
  readonly successRate?: { readonly threshold: number; readonly window: number; readonly minimum: number };
  readonly openBase: number;
  readonly openMax: number;
  /** Share of endpoints in use under which all of them are used; 0: never. */
  readonly panicThreshold: number;
}

/** Envoy's outlier detection. */
export interface OutlierPolicy {
  readonly consecutive5xx: number;
  readonly interval: number;
  readonly baseEjection: number;
  readonly maxEjection: number;
  /** 0..100. */
  readonly maxEjectionPercent: number;
}

export interface BalancingPolicy {
  readonly policy: 'peak-ewma' | 'round-robin' | 'random' | 'least-request' | 'consistent-hash';
  /** For `consistent-hash`. */
  readonly hash?: StickyKey | { readonly from: 'query'; readonly name: string };
  /** Time over which a new endpoint gets its share. */
  readonly slowStart?: number;
  /** Regions in the order they are asked in, after the router's own. */
  readonly regions?: readonly string[];
}

/** Requests at the same time, per router. */
export interface ConcurrencyPolicy {
  readonly limit: number;
  /** Requests that may wait. */
  readonly queue: number;
  /** Longest wait. */
  readonly wait: number;
}

/** Lets in as many at the same time as the service answers within its usual time. */
export interface AdmissionPolicy {
  readonly minimum: number;
  readonly maximum: number;
}

/** Routes of a service by port. `default` holds for ports that `byPort` does not name; null = no route attached. */
export interface PortRoutes {
  readonly default: RouteTable | null;
  readonly byPort: Readonly<Record<string, RouteTable>>;
}

/** All that a router must know of one addressed service. */
export interface ServiceChunk {
  readonly kind: 'service';
  readonly namespace: string;
  readonly name: string;
  /** SPIFFE ID; the audience of the Mesh-Call sent to it. */
  readonly identity: string;
  readonly authn: Strength;
  /** PERMISSIVE lets callers without any identity through to authorization. */
  readonly peerAuthentication: 'STRICT' | 'PERMISSIVE';
  readonly ports: readonly ServicePort[];
  readonly endpoints: readonly Endpoint[];
  /** Routes for every caller. */
  readonly routes: PortRoutes;
  /** Routes for callers of one namespace; they replace `routes` for them (GAMMA consumer routes). */
  readonly consumerRoutes: Readonly<Record<string, PortRoutes>>;
  /** Policies bound to this service by targetRefs or selector. Namespace- and mesh-wide ones are chunks of their own. */
  readonly policies: readonly AuthorizationPolicy[];
  /** Whose end users it knows, by RequestAuthentications bound to it; absent: none. */
  readonly users?: readonly UserRule[];
  readonly traffic: TrafficSettings;
}

/** Policies without selector or targetRefs in one namespace (or, in the root namespace, for the mesh). */
export interface PoliciesChunk {
  readonly kind: 'policies';
  readonly namespace: string;
  readonly policies: readonly AuthorizationPolicy[];
  /** The same of RequestAuthentications; absent: none. */
  readonly users?: readonly UserRule[];
}

/** A public key of the mesh in SPIFFE bundle form. */
export interface BundleKey {
  readonly kty: string;
  readonly kid: string;
  /** Token class: each class has keys of its own, so no token passes as one of another class. */
  readonly use: 'wit-svid' | 'mesh-hop' | 'jwt-svid' | 'x509-svid';
  readonly alg?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
}

export interface TrustBundle {
  readonly kind: 'trust-bundle';
  readonly trustDomain: string;
  readonly spiffe_sequence: number;
  /** Seconds. */
  readonly spiffe_refresh_hint: number;
  readonly keys: readonly BundleKey[];
}

export type Chunk = ServiceChunk | PoliciesChunk | GatewayChunk | TrustBundle | KeySet;
