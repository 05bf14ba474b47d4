import { knownBody } from './call-body.ts';
import { type CallContext, currentContext, type ParentCall, writeContext } from './call-context.ts';
import type { IdentityPorts, MeshCredential, MeshIdentity } from './identity.ts';
import { type MeshAddress, parseMeshAddress } from './mesh-address.ts';
import { MeshError } from './mesh-error.ts';
import { ProofSigner } from './proof.ts';
import { StrictServices } from './strict-services.ts';

export interface MeshRequestInit extends RequestInit {
  /** Milliseconds that the whole call may take, tries of the mesh included. A deadline of the context still holds. */
  readonly timeout?: number;
  /**
   * Sign a proof for this one request, whatever the service asks for. Without it the SDK does so for
   * `MeshOptions.strictServices` and for services that have asked for it once.
   */
  readonly strict?: boolean;
}

export interface OutgoingOptions {
  readonly identity: MeshIdentity;
  /** Origin of the router. */
  readonly router: string;
  readonly domain: string;
  readonly strictServices: readonly string[];
  readonly ports: IdentityPorts;
}

/** A call that is ready but for its proof. */
interface PreparedCall {
  readonly address: MeshAddress;
  readonly credential: MeshCredential;
  readonly init: RequestInit & { readonly headers: Headers };
}

/** Characters: its payload has at most 4 KiB when decoded. */
const LONGEST_PARENT = 5_400;
const NORMALISED = /^(?:delete|get|head|options|post|put)$/i;

/** Calls to services of the mesh, by way of the router and no other. */
export class OutgoingCalls {
  readonly #options: OutgoingOptions;
  readonly #proofs: ProofSigner;
  readonly #strict: StrictServices;

  /** @throws MeshError `address_invalid` for a strict service that is none of the mesh */
  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#proofs = new ProofSigner(options.ports.crypto);
    this.#strict = new StrictServices(options.strictServices, options.domain);
  }

  async fetch(input: string | URL | Request, { timeout, strict, ...init }: MeshRequestInit = {}): Promise<Response> {
    const call = await this.#prepare(input, init, timeout);
    const response = await this.#sendElsewhere(call, strict === true);
    const renewed = await this.#renewed(call, response);
    if (renewed === undefined) return response;
    await response.body?.cancel();
    return this.#sendProven(renewed, strict === true);
  }

  /** Once more, and on another connection, where the router stops and has done nothing: whatever it is that is sent. */
  async #sendElsewhere(call: PreparedCall, strict: boolean): Promise<Response> {
    const response = await this.#sendProven(call, strict);
    if (call.init.body instanceof ReadableStream || !(await isStopping(response))) return response;
    try {
      const second = await this.#sendProven(call, strict);
      await response.body?.cancel();
      return second;
    } catch (error) {
      if (call.init.signal?.aborted) throw error;
      // There was no other one: what the first has said tells more.
      return response;
    }
  }

  async #sendProven(call: PreparedCall, strict: boolean): Promise<Response> {
    const { audience } = call.address;
    if (strict || this.#strict.has(audience)) return this.#sendStrict(call);
    const response = await this.#send(call, await this.#proof(call));
    // Refused for its proof alone, and nothing was processed: it may be sent again whatever it is.
    const check = await checkOf(response);
    // An answer to HEAD has no body to say more, and to send a HEAD again does no harm.
    if (check !== 'proof_not_strict' && !(check === '' && call.init.method === 'HEAD')) return response;
    this.#strict.learn(audience);
    await response.body?.cancel();
    return this.#sendStrict(call);
  }

  /**
   * The same call with another token, where the router no longer believes the one that was sent: its signing key was taken
   * out of use. Undefined: there is no other one, or the body is gone.
   */
  async #renewed(call: PreparedCall, response: Response): Promise<PreparedCall | undefined> {
    const { identity, ports } = this.#options;
    const check = await checkOf(response);
    if ((check !== 'revoked' && check !== 'untrusted_key') || call.init.body instanceof ReadableStream)
      return undefined;
    identity.refused?.(call.credential.wit);
    const credential = await identity.credential(ports).catch(() => call.credential);
    if (credential.wit === call.credential.wit) return undefined;
    call.init.headers.set('workload-identity-token', credential.wit);
    return { ...call, credential };
  }

  async #prepare(input: string | URL | Request, init: RequestInit, timeout: number | undefined): Promise<PreparedCall> {
    const { identity, domain, ports } = this.#options;
    const request = input instanceof Request ? input : undefined;
    const address = parseMeshAddress(request?.url ?? String(input), domain);
    const context = currentContext();
    const headers = cleanHeaders(init.headers ?? request?.headers);
    headers.set('mesh-authority', address.authority);
    const deadline = this.#deadline(context, timeout);
    if (deadline !== undefined) headers.set('mesh-deadline', String(deadline));
    writeContext(headers, context);
    const { parentCall, attempt } = context;
    if (attempt !== undefined) headers.set('mesh-attempt', String(attempt));
    if (parentCall !== undefined && isWorthSending(parentCall, identity, ports.now())) {
      headers.set('mesh-parent-call', parentCall.text);
    }
    const credential = await identity.credential(ports);
    headers.set('workload-identity-token', credential.wit);
    const sent = { ...partsOf(request), ...init, headers, redirect: 'manual' as const };
    return { address, credential, init: { ...sent, method: methodOf(sent.method) } };
  }

  #proof({ address, credential, init }: PreparedCall): Promise<string> {
    const authorization = init.headers.get('authorization');
    return this.#proofs.sign(credential, { audience: address.audience, authorization }, this.#options.ports.now());
  }

  async #sendStrict(call: PreparedCall): Promise<Response> {
    const { address, credential, init } = call;
    const { replacement, type, content } = await knownBody(init.body);
    if (type !== undefined && !init.headers.has('content-type')) init.headers.set('content-type', type);
    const subject = {
      audience: address.audience,
      authorization: init.headers.get('authorization'),
      method: init.method ?? 'GET',
      query: address.target.slice(`${address.target}?`.indexOf('?') + 1),
      body: content,
    };
    const proof = await this.#proofs.signStrict(credential, subject, this.#options.ports.now());
    const sent = replacement === undefined ? init : { ...init, body: replacement };
    return this.#send({ ...call, init: sent }, proof);
  }

  #send({ address, init }: PreparedCall, proof: string): Promise<Response> {
    init.headers.set('workload-proof-token', proof);
    return this.#options.ports.fetch(`${this.#options.router}${address.target}`, withDuplex(init));
  }

  #deadline({ deadline: inherited }: CallContext, timeout: number | undefined): number | undefined {
    const now = this.#options.ports.now();
    const own = timeout === undefined ? Number.POSITIVE_INFINITY : Math.ceil(now + timeout);
    const deadline = Math.min(inherited ?? Number.POSITIVE_INFINITY, own);
    if (deadline <= now) throw new MeshError('deadline_exceeded', 'the deadline of this call has passed already');
    return Number.isFinite(deadline) ? deadline : undefined;
  }
}

/**
 * What a router says is wrong with the credentials; empty where it does not say, undefined for every other answer.
 * `Mesh-Reason` is the router's own word: it is stripped from what services answer.
 */
async function checkOf(response: Response): Promise<string | undefined> {
  if (response.status !== 400 || response.headers.get('mesh-reason') !== 'token_invalid') return undefined;
  return namedCheck(response);
}

const isStopping = async (response: Response): Promise<boolean> =>
  response.status === 503 &&
  response.headers.get('mesh-reason') === 'snapshot_unavailable' &&
  (await namedCheck(response)) === 'draining';

async function namedCheck(response: Response): Promise<string> {
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const check = typeof problem === 'object' && problem !== null && 'check' in problem ? problem.check : undefined;
  return typeof check === 'string' ? check : '';
}

/**
 * A router believes a Mesh-Call of the caller that it was for alone, while it lives, and reads no longer ones. Calls that it
 * would refuse for it are better made without: the chain of callers is then shorter, as any service can make it.
 */
const isWorthSending = (parent: ParentCall, { spiffeId }: MeshIdentity, now: number): boolean =>
  parent.audience === spiffeId && now < parent.expiresAt && parent.text.length <= LONGEST_PARENT;

/** As fetch will send it: it writes some methods in upper case, and others as they are. */
const methodOf = (method = 'GET'): string => (NORMALISED.test(method) ? method.toUpperCase() : method);

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
