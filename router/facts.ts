import type { MeshSettings, Revocations } from '../snapshot/manifest.ts';
import type { CompiledPolicies } from './authorization/compile.ts';
import type { Permit } from './authorization/permit.ts';
import type { BackgroundWork } from './background.ts';
import type { Cancellation } from './cancellation.ts';
import type { MaybePromise } from './exchange.ts';
import type { HeaderList } from './headers.ts';
import type { CallerVerifier } from './identity/caller-verifier.ts';
import type { EndUser } from './identity/end-user.ts';
import type { IssuerKeyring } from './identity/issuer-keyring.ts';
import type { MeshCallSigner } from './identity/mesh-call.ts';
import type { Principal, ProvenIdentity } from './identity/principal.ts';
import type { TrustKeys } from './identity/trust-keys.ts';
import type { UserVerifier } from './identity/user-verifier.ts';
import type { UnderWay } from './in-flight.ts';
import type { Body, Connection, RequestHead } from './message.ts';
import type { OpenCalls } from './open-calls.ts';
import type { RouterPorts, UpstreamResponse } from './ports.ts';
import type { Admissions } from './resilience/admission/admissions.ts';
import type { HealthRegistry } from './resilience/health-registry.ts';
import type { Draw } from './resilience/rate-draw.ts';
import type { Rates } from './resilience/rates.ts';
import type { CompiledRule } from './routing/compile.ts';
import type { KnownServices } from './routing/known-services.ts';
import type { SessionToken } from './routing/session.ts';
import type { LoadedGateway } from './snapshot/loaded-gateway.ts';
import type { LoadedService } from './snapshot/loaded-service.ts';
import type { Attempt, LimitVerdict, MirrorCopy, ShadowVerdict, TraceContext } from './telemetry/record.ts';

/** One immutable snapshot, as a request pins it: every question of one request is answered by the same generation. */
export interface PinnedSnapshot {
  readonly revision: number;
  readonly generation: number;
  readonly mesh: MeshSettings;
  readonly revocations: Revocations;
  readonly trust: TrustKeys;
  /** At once when the chunk is in memory, else after fetching it. Undefined: there is no such service. */
  service(namespace: string, name: string): MaybePromise<LoadedService | undefined>;
  /** Namespace-wide policies; for the root namespace, mesh-wide ones. Undefined: none. */
  policies(namespace: string): MaybePromise<CompiledPolicies | undefined>;
  /** What both have answered before; absent where nobody keeps it. */
  readonly known?: KnownServices<Addressed>;
  readonly gateways: ReadonlyMap<string, LoadedGateway>;
  /** Keys of an issuer of end-user tokens, by the name that rules have for them. Undefined: none. */
  keySet(name: string): MaybePromise<IssuerKeyring | undefined>;
}

/** What a router is made of, the same for all its requests. */
export interface RouterParts {
  readonly reporter: 'router' | 'gateway';
  readonly ports: Pick<RouterPorts, 'clock' | 'random' | 'transport' | 'log' | 'isolated'>;
  readonly verifier: CallerVerifier;
  readonly users: UserVerifier;
  readonly signer: MeshCallSigner;
  readonly background: BackgroundWork;
  readonly calls: OpenCalls;
  readonly rates: Rates;
  readonly admissions: Admissions;
  readonly health: HealthRegistry;
}

/** What every stage has from the start. */
export interface Arrival extends UnderWay {
  readonly parts: RouterParts;
  readonly request: RequestHead;
  readonly body: Body;
  readonly connection: Connection;
  readonly snapshot: PinnedSnapshot;
  /** The time of this decision, ms since the epoch: read once. */
  readonly now: number;
  readonly decisionId: string;
  readonly cancellation: Cancellation;
  /** Tries so far; `forward` appends. */
  readonly attempts: Attempt[];
  /** Gives the place at the service back, where it has one: called when the request has ended, however it did. */
  release?: (() => void) | undefined;
}

/** By `screen`. */
export interface Screened {
  /** Canonical path: what is matched, authorised and (unless rewritten) forwarded, byte for byte. */
  readonly path: string;
  /** Raw, without `?`; undefined when the target had none (an empty query is ''). */
  readonly query: string | undefined;
  /** Lower case, without port and trailing dot. */
  readonly host: string;
  /** From the authority; 80 when absent. */
  readonly port: number;
  /** The authority that was addressed, as written (valid: host and port are read from it). Sent on as Host unless rewritten. */
  readonly authority: string;
  /** The caller's headers without hop-by-hop, reserved and forwarding ones: the start of what goes out. */
  readonly headers: HeaderList;
  /** The Mesh-* addressing, deadline and attempt headers, taken off before they could go further; believed only from a verified caller. */
  readonly meshHeaders: {
    readonly deadline: string | undefined;
    readonly attempt: string | undefined;
    /** The Mesh-Call that the caller was called with, from `Mesh-Parent-Call`. */
    readonly parentCall?: string | undefined;
    /** Trouble that the caller asks for, from `Mesh-Fault-Delay` and `Mesh-Fault-Abort`. */
    readonly faultDelay?: string | undefined;
    readonly faultAbort?: string | undefined;
    /** Routers that this request passed before, from `Mesh-Hops`; counts whoever sends it, because it can only harm its sender. */
    readonly hops: number;
  };
  /** What X-Forwarded-* said, taken off like all that only a proxy may claim. */
  readonly forwarded: {
    /** Values of X-Forwarded-For in order. */
    readonly for: readonly string[];
    readonly proto: string | undefined;
    /** The peer is a proxy that MeshConfig trusts. */
    readonly believed: boolean;
  };
  /** Identity headers as sent, every value. */
  readonly credentials: {
    readonly wit: readonly string[];
    readonly wpt: readonly string[];
    readonly authorization: string | undefined;
  };
}

/** By `trace`. */
export interface Traced {
  readonly trace: TraceContext;
}

/**
 * By the gateway's `match-listener`; absent in the mesh. A gateway knows no addressed service: its `Addressed` is the
 * chosen backend, and is absent where the rule answers itself.
 */
export interface AtGateway {
  /** `namespace/name` of the Gateway. */
  readonly gateway: string;
  /** Policies that target the Gateway; judged before the backend's, without a principal: the outside has none. */
  readonly gatewayPolicies: CompiledPolicies;
  /** The listener's logical port and scheme, which redirects believe in. */
  readonly listenerPort: number;
  readonly listenerScheme: 'http' | 'https';
}

/** By `resolve-service`: the addressed service and the wider policies that hold for it. */
export interface Addressed {
  readonly service: LoadedService;
  /** Mesh-wide, then namespace-wide; each may be undefined. */
  readonly widerPolicies: readonly (CompiledPolicies | undefined)[];
}

/** By `authenticate`. */
export interface Authenticated {
  /** Null: no identity was established (PERMISSIVE). */
  readonly principal: Principal | null;
  /** Earlier callers of the chain, oldest first, as a verified Mesh-Parent-Call names them: SPIFFE IDs. A caller can leave them out. */
  readonly via: readonly string[];
  /** What of the credential a revocation may name; absent where nothing was proven here. */
  readonly identity?: ProvenIdentity;
}

/** By `authenticate-user`. */
export interface UserAuthenticated {
  /** Null: no token came along, or nothing here asks for one. */
  readonly endUser: EndUser | null;
}

/** One service to send to, chosen by weight. */
export interface ChosenBackend {
  readonly service: LoadedService;
  readonly widerPolicies: readonly (CompiledPolicies | undefined)[];
  readonly port: number;
  /** What the route takes the port to speak where the service does not say. */
  readonly appProtocol?: string;
  /** Filters of the backendRef; they run after the rule's. */
  readonly filters: CompiledRule['filters'];
}

/** By `match-route`. */
export interface Routed {
  /** Null: no route is attached, the plain service. */
  readonly rule: CompiledRule | null;
  /** Value of the PathPrefix that matched, for ReplacePrefixMatch; undefined for other path matches. */
  readonly matchedPrefix: string | undefined;
  /** Null when the rule answers itself (redirect). A rule without a valid backend is refused by match-route. */
  readonly backend: ChosenBackend | null;
  /** The session that was honoured: its backend was taken, its endpoint is tried first. */
  readonly session?: SessionToken;
  /** Path as it will be forwarded, after the rewrites of rule and backendRef: what the backend's own policies judge. */
  readonly forwardedPath: string;
}

/** By `authorize`: only it can make the permit that `forward` asks for. */
export interface Authorized {
  readonly permit: Permit;
  /** What policies in shadow would have said; absent where none has a say. */
  readonly shadow?: ShadowVerdict;
}

/** By `limit-rate`; nothing where no limit holds. */
export interface Limited {
  /** What was taken, for the answer's RateLimit headers. */
  readonly draws?: readonly Draw[];
  /** Limits that had no room and let it pass: in shadow, or without a word of the counter store. */
  readonly limited?: readonly LimitVerdict[];
}

/** By `inject-fault`. */
export interface Delayed {
  /** Why and how long, for the record; absent where nothing was delayed. */
  readonly delayed?: string;
}

/** By `filter-request`: exactly what goes out. */
export interface Outbound {
  readonly outbound: {
    readonly authority: string;
    /** Path and query as sent. The backend's policies have judged this path. */
    readonly target: string;
    readonly headers: HeaderList;
  };
  /** Where each try needs a Mesh-Call of its own: signs the next one. */
  readonly signAgain?: () => Promise<string>;
}

/** By `mirror`; absent where no filter asks for copies, or none was drawn. */
export interface Mirrored {
  readonly copies?: readonly Copy[];
}

/** A copy of a request for one mirror: what became of it, and how to send it if it may be sent. */
export interface Copy {
  /** `namespace/name`. */
  readonly service: string;
  outcome: MirrorCopy['outcome'];
  /** Milliseconds that sending takes at most. */
  readonly longest: number;
  /** Undefined: it is not to be sent. */
  readonly send: (() => Promise<void>) | undefined;
}

/** By `forward`. */
export interface Forwarded {
  readonly response: UpstreamResponse;
  /** Where the answer came from, when that is not where the request was routed to. */
  readonly backend?: ChosenBackend;
}
