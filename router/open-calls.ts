import type { Revocations } from '../snapshot/manifest.ts';
import type { Cancellation } from './cancellation.ts';
import type { ProvenIdentity } from './identity/principal.ts';
import { isRevokedId, revokedBecause } from './identity/revocation.ts';
import { InFlight, type UnderWay } from './in-flight.ts';

/** A call that was sent on and has not ended: as much of its facts as a revocation can name. */
export interface OpenCall extends UnderWay {
  /** Absent: a caller without identity, whom no revocation names. */
  readonly identity?: ProvenIdentity;
  readonly via: readonly string[];
  readonly cancellation: Cancellation;
  readonly snapshot: { readonly revocations: Revocations };
}

/**
 * The calls that are under way, so that streams end when their caller is revoked. Each was judged when it came; all are
 * judged once more when a snapshot brings other revocations, and only then.
 */
export class OpenCalls {
  readonly #calls = new InFlight<OpenCall>();
  #newest: Revocations | undefined;

  get size(): number {
    return this.#calls.size;
  }

  add(call: OpenCall): void {
    if (call.identity === undefined) return;
    this.#calls.add(call);
    // It may have come before revocations that were put in force while its body was read.
    if (this.#newest !== undefined && this.#newest !== call.snapshot.revocations) end(call, this.#newest);
  }

  /** Also of what was never added. */
  delete(call: UnderWay): void {
    this.#calls.delete(call as OpenCall);
  }

  /** These are the revocations from now on: whose caller they name is cancelled. */
  judge(revocations: Revocations): void {
    const before = this.#newest;
    this.#newest = revocations;
    if (before !== undefined && isSame(before, revocations)) return;
    for (const call of this.#calls.list()) end(call, revocations);
  }
}

/** Whether the caller of this call, or one before it, is revoked by now. */
export const isRevokedNow = (
  { identity, via }: Pick<OpenCall, 'identity' | 'via'>,
  revocations: Revocations,
): boolean =>
  identity !== undefined &&
  (revokedBecause(identity, revocations) !== undefined || via.some((id) => isRevokedId(id, revocations)));

function end(call: OpenCall, revocations: Revocations): void {
  if (isRevokedNow(call, revocations)) call.cancellation.cancel('revoked');
}

/** Manifests of one policy store hold their lists in one order. */
const isSame = (a: Revocations, b: Revocations): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
