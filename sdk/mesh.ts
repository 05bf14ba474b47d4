import { type CallContext, currentContext, type HeaderSource, runInContext } from './call-context.ts';
import type { Caller } from './caller.ts';
import { type CryptoProvider, nativeCrypto } from './crypto-provider.ts';
import { type WorkerExports, wrapExports } from './fetch.ts';
import type { IdentityPorts, MeshIdentity } from './identity.ts';
import type { IncomingCall } from './incoming-call.ts';
import { type AdmittedCall, IncomingCalls } from './incoming-calls.ts';
import { MeshCallVerifier } from './mesh-call.ts';
import { type MeshRequestInit, OutgoingCalls } from './outgoing-calls.ts';
import { HopKeys, type TrustBundleDocument } from './trust-bundle.ts';

export interface MeshOptions {
  /** How this service proves who it is. */
  readonly identity: MeshIdentity;
  /** URL of the router that takes this service's calls: `http://127.0.0.1:8081`. */
  readonly router: string;
  /** URL of the mesh's trust bundle (`/v1/trust-bundle` of the policy store), or the bundle itself. */
  readonly trustBundle: string | TrustBundleDocument;
  /** The identity that calls are addressed to; default: `identity`'s. Versions of one service may share one. */
  readonly spiffeId?: string;
  /** Suffix of mesh authorities; default `mesh`. */
  readonly domain?: string;
  /**
   * Believe only Mesh-Calls that are for one request: for a service with `authn: strict-proof`, where routers send no others.
   * One that is for one request is always checked as such.
   */
  readonly strict?: boolean;
  /** Authorities of services with `authn: strict-proof`, such as `payments.shop.mesh`; others are found out by calling. */
  readonly strictServices?: readonly string[];
  /**
   * Send the end user's bearer token along on calls that a request causes, where the request came through the mesh.
   * Default: yes. It goes to the router and to services of the mesh, never anywhere else.
   */
  readonly forwardUser?: boolean;
  /** Default: the runtime's own WebCrypto. */
  readonly crypto?: CryptoProvider;
  /** Default: the global fetch. */
  readonly fetch?: typeof fetch;
  /** `now()` in milliseconds since the epoch; default: the system's. */
  readonly clock?: { now(): number };
  /** Hears of what failed without failing a call, such as a token that could not be renewed yet. */
  readonly onWarning?: (message: string) => void;
}

/** A service's door to the mesh. */
export interface Mesh {
  /** SPIFFE ID that this service answers to. */
  readonly spiffeId: string;
  /**
   * As the global fetch, for `http://<service>.<namespace>.<domain>/...`. Bodies stream through; redirects are returned
   * and never followed. Give a body as string or bytes where you can: the mesh can then send it again when a try fails.
   * @throws MeshError `address_invalid`, `deadline_exceeded`, `identity_unavailable`, `body_streamed`
   */
  fetch(input: string | URL | Request, init?: MeshRequestInit): Promise<Response>;
  /**
   * Establishes who calls, from a request's headers. They are not enough for a Mesh-Call that is for one request: `admit`.
   * @throws MeshError `mesh_call_invalid` (answer 403), `trust_bundle_unavailable` (answer 503)
   */
  verify(headers: HeaderSource): Promise<Caller>;
  /**
   * Judges a whole request, as the adapters do (`guarded`, and `meshCalls` for Hono, Express and Fastify).
   * @returns who calls, and the context to `run` in
   * @throws MeshError as `verify`; `body_too_large` (answer 413), `replay_memory_full` (answer 503)
   */
  admit(call: IncomingCall): Promise<AdmittedCall>;
  /** Who made the call that is being served; undefined outside of one. */
  caller(): Caller | undefined;
  /** A worker's exports with `fetch` guarded (see `guarded`), and `queue` and `scheduled` each in a context of its own. */
  wrap<Exports extends WorkerExports>(exports: Exports): Exports;
  /** Calls made within `run` continue this context; `contextOf(headers)` makes it from a request. */
  run<Result>(context: CallContext, run: () => Result): Result;
}

export function createMesh(options: MeshOptions): Mesh {
  const clock = options.clock ?? { now: () => Date.now() };
  const ports: IdentityPorts = {
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    now: () => clock.now(),
    warn: options.onWarning ?? (() => {}),
    crypto: options.crypto ?? nativeCrypto,
  };
  const outgoing = new OutgoingCalls({
    identity: options.identity,
    router: routerOrigin(options.router),
    domain: options.domain ?? 'mesh',
    strictServices: options.strictServices ?? [],
    ports,
  });
  const spiffeId = options.spiffeId ?? options.identity.spiffeId;
  const incoming = new IncomingCalls({
    verifier: new MeshCallVerifier(new HopKeys(options.trustBundle, ports), spiffeId, ports.crypto),
    strict: options.strict ?? false,
    forwardUser: options.forwardUser ?? true,
    crypto: ports.crypto,
    now: ports.now,
  });
  const gate = { admit: (call: IncomingCall) => incoming.admit(call), run: runInContext };
  return {
    ...gate,
    spiffeId,
    fetch: (input, init) => outgoing.fetch(input, init),
    verify: (headers) => incoming.verify(headers),
    caller: () => currentContext().caller,
    wrap: (exports) => wrapExports(gate, exports),
  };
}

function routerOrigin(router: string): string {
  const url = URL.parse(router);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw new TypeError('`router` is the URL of a router without a path: http://127.0.0.1:8081');
  }
  return url.origin;
}
