import { type CallContext, currentContext, type HeaderSource, runInContext, writeContext } from './call-context.ts';
import type { IdentityPorts, MeshIdentity } from './identity.ts';
import { parseMeshAddress } from './mesh-address.ts';
import { type Caller, MeshCallVerifier } from './mesh-call.ts';
import { MeshError } from './mesh-error.ts';
import { ProofSigner } from './proof.ts';
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
  /** Default: the global fetch. */
  readonly fetch?: typeof fetch;
  /** `now()` in milliseconds since the epoch; default: the system's. */
  readonly clock?: { now(): number };
  /** Hears of what failed without failing a call, such as a token that could not be renewed yet. */
  readonly onWarning?: (message: string) => void;
}

export interface MeshRequestInit extends RequestInit {
  /** Milliseconds that the whole call may take, tries of the mesh included. A deadline of the context still holds. */
  readonly timeout?: number;
}

/** A service's door to the mesh. */
export interface Mesh {
  /** SPIFFE ID that this service answers to. */
  readonly spiffeId: string;
  /**
   * As the global fetch, for `http://<service>.<namespace>.<domain>/...`. Bodies stream through; redirects are returned
   * and never followed. Give a body as string or bytes where you can: the mesh can then send it again when a try fails.
   * @throws MeshError `address_invalid`, `deadline_exceeded`, `identity_unavailable`
   */
  fetch(input: string | URL | Request, init?: MeshRequestInit): Promise<Response>;
  /**
   * Establishes who calls, from a request's headers.
   * @throws MeshError `mesh_call_invalid` (answer 403), `trust_bundle_unavailable` (answer 503)
   */
  verify(headers: HeaderSource): Promise<Caller>;
  /** Calls made within `run` continue this context; `contextOf(headers)` makes it from a request. */
  run<Result>(context: CallContext, run: () => Result): Result;
}

export function createMesh(options: MeshOptions): Mesh {
  const clock = options.clock ?? { now: () => Date.now() };
  const ports: IdentityPorts = {
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    now: () => clock.now(),
    warn: options.onWarning ?? (() => {}),
  };
  const spiffeId = options.spiffeId ?? options.identity.spiffeId;
  const outgoing = new OutgoingCalls(options.identity, routerOrigin(options.router), options.domain ?? 'mesh', ports);
  const verifier = new MeshCallVerifier(new HopKeys(options.trustBundle, ports), spiffeId);
  return {
    spiffeId,
    fetch: (input, init) => outgoing.fetch(input, init),
    verify: (headers) => verifier.verify(headers.get('mesh-call'), ports.now()),
    run: runInContext,
  };
}

function routerOrigin(router: string): string {
  const url = URL.parse(router);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw new TypeError('`router` is the URL of a router without a path: http://127.0.0.1:8081');
  }
  return url.origin;
}

class OutgoingCalls {
  readonly #identity: MeshIdentity;
  readonly #router: string;
  readonly #domain: string;
  readonly #ports: IdentityPorts;
  readonly #proofs = new ProofSigner();

  constructor(identity: MeshIdentity, router: string, domain: string, ports: IdentityPorts) {
    this.#identity = identity;
    this.#router = router;
    this.#domain = domain;
    this.#ports = ports;
  }

  async fetch(input: string | URL | Request, { timeout, ...init }: MeshRequestInit = {}): Promise<Response> {
    const request = input instanceof Request ? input : undefined;
    const address = parseMeshAddress(request?.url ?? String(input), this.#domain);
    const context = currentContext();
    const headers = cleanHeaders(init.headers ?? request?.headers);
    headers.set('mesh-authority', address.authority);
    const deadline = this.#deadline(context.deadline, timeout);
    if (deadline !== undefined) headers.set('mesh-deadline', String(deadline));
    writeContext(headers, context);
    const credential = await this.#identity.credential(this.#ports);
    const authorization = headers.get('authorization');
    const proof = await this.#proofs.sign(credential, address.audience, authorization, this.#ports.now());
    headers.set('workload-identity-token', credential.wit);
    headers.set('workload-proof-token', proof);
    const sent = { ...partsOf(request), ...init, headers, redirect: 'manual' as const };
    return this.#ports.fetch(`${this.#router}${address.target}`, withDuplex(sent));
  }

  #deadline(inherited: number | undefined, timeout: number | undefined): number | undefined {
    const now = this.#ports.now();
    const own = timeout === undefined ? Number.POSITIVE_INFINITY : Math.ceil(now + timeout);
    const deadline = Math.min(inherited ?? Number.POSITIVE_INFINITY, own);
    if (deadline <= now) throw new MeshError('deadline_exceeded', 'the deadline of this call has passed already');
    return Number.isFinite(deadline) ? deadline : undefined;
  }
}

/** The caller's headers without those that only the SDK may set. */
function cleanHeaders(init: HeadersInit | undefined): Headers {
  const headers = new Headers(init);
  for (const name of [...headers.keys()]) {
    if (/^(?:x-)?mesh-|^workload-(?:identity|proof)-token$/.test(name)) headers.delete(name);
  }
  return headers;
}

/** What of a Request fetch would take along, had its URL not changed. */
const partsOf = (request: Request | undefined): RequestInit =>
  request === undefined ? {} : { method: request.method, body: request.body, signal: request.signal };

/** fetch wants to be told that a streamed body is sent while the answer may not have begun; the DOM's types lack it. */
const withDuplex = (init: RequestInit): RequestInit =>
  init.body instanceof ReadableStream ? ({ ...init, duplex: 'half' } as RequestInit) : init;
