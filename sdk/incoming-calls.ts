import { type CallContext, contextOf, type HeaderSource } from './call-context.ts';
import type { Caller } from './caller.ts';
import { digestOf } from './compact-jws.ts';
import type { CryptoProvider } from './crypto-provider.ts';
import type { IncomingCall } from './incoming-call.ts';
import { type CallBinding, MESH_CALL_GRACE, type MeshCallVerifier, refuse, type VerifiedCall } from './mesh-call.ts';
import { UsedCalls } from './used-calls.ts';

/** A request that may come in. */
export interface AdmittedCall {
  readonly caller: Caller;
  /** What calls made because of it continue. */
  readonly context: CallContext;
}

export interface IncomingOptions {
  readonly verifier: MeshCallVerifier;
  /** Only Mesh-Calls that are for one request are believed. */
  readonly strict: boolean;
  /** The end user's bearer token goes along on calls made because of the request. */
  readonly forwardUser: boolean;
  readonly crypto: CryptoProvider;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Decides which requests may come in: the other side of what routers sign. */
export class IncomingCalls {
  readonly #options: IncomingOptions;
  readonly #used = new UsedCalls();

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  /** @throws MeshError `mesh_call_invalid`, `trust_bundle_unavailable` */
  async verify(headers: HeaderSource): Promise<Caller> {
    const { verifier, strict, now } = this.#options;
    const { caller, binding } = await verifier.verify(headers.get('mesh-call'), now());
    if (strict || binding !== undefined) throw refuse('one request can not be judged by its headers: use mesh.admit');
    return caller;
  }

  /** @throws MeshError `mesh_call_invalid`, `trust_bundle_unavailable`, `body_too_large`, `replay_memory_full` */
  async admit(call: IncomingCall): Promise<AdmittedCall> {
    const { verifier, strict, now } = this.#options;
    const verified = await verifier.verify(call.headers.get('mesh-call'), now());
    if (verified.binding !== undefined) await this.#checkBinding(verified, verified.binding, call);
    else if (strict) throw refuse('it is for any request: set `authn: strict-proof` on this service');
    return { caller: verified.caller, context: this.#context(call.headers, verified) };
  }

  async #checkBinding({ id, caller }: VerifiedCall, binding: CallBinding, call: IncomingCall): Promise<void> {
    const { crypto, now } = this.#options;
    if (this.#used.has(id, now())) throw refuse(USED);
    if (binding.method !== call.method) throw refuse('it is for another method');
    if (!isTarget(binding.target, call)) throw refuse('it is for another path or query');
    if (binding.bodyDigest !== (await digestOf(crypto, await call.body()))) {
      throw refuse('it is for another body: does something read the body before the mesh does?');
    }
    // Last, and in one step: a copy with another body must not use up the real one.
    if (!this.#used.take(id, caller.expiresAt + MESH_CALL_GRACE, now())) throw refuse(USED);
  }

  #context(headers: HeaderSource, { text, audience, caller }: VerifiedCall): CallContext {
    const { authorization, ...context } = contextOf(headers, { authorization: this.#options.forwardUser });
    const user = authorization !== undefined && /^bearer\s/i.test(authorization) ? { authorization } : {};
    return { ...context, ...user, caller, parentCall: { text, audience, expiresAt: caller.expiresAt } };
  }
}

const USED = 'it was used before, and is for one request';

/**
 * Bun and workerd hand out URLs that went through a parser, which escapes what may stand raw in a query; what they made of
 * the signed target is the signed target still. Paths are not concerned: routers send only those that a parser leaves alone.
 */
function isTarget(signed: string, { target, targetParsed }: IncomingCall): boolean {
  if (target === signed) return true;
  if (!targetParsed || !signed.startsWith('/')) return false;
  const parsed = URL.parse(`http://mesh.invalid${signed}`);
  return parsed !== null && `${parsed.pathname}${parsed.search}` === target;
}
