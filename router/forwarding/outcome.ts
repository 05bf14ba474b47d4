import type { ServiceChunk } from '../../snapshot/chunk.ts';
import type { CancelReason } from '../cancellation.ts';
import { UpstreamFailure, type UpstreamResponse } from '../ports.ts';
import type { TryResult } from '../resilience/retry.ts';
import { RETRY_AFTER_CAP, retryAfterWait } from '../resilience/retry-after.ts';
import type { TryReport } from '../resilience/service-health.ts';

/** How one try ended: with a response head, or why without one. */
export type Outcome =
  | { readonly response: UpstreamResponse }
  | {
      readonly failure: 'connect' | 'reset' | CancelReason;
      readonly unprocessed: boolean;
      readonly message: string;
      readonly maybeCallers?: boolean;
    };

/** @throws what is no failure of an upstream: a bug */
export function failureOf(error: unknown): Outcome {
  if (!(error instanceof UpstreamFailure)) throw error;
  const { kind, unprocessed, message, maybeCallers } = error;
  return { failure: kind === 'cancelled' ? 'client_closed' : kind, unprocessed, message, maybeCallers };
}

export const cancelledAs = (reason: CancelReason): Outcome => ({
  failure: reason,
  unprocessed: false,
  message: reason,
});

export const resultOf = (outcome: Outcome): TryResult =>
  'response' in outcome
    ? {
        kind: 'answer',
        status: outcome.response.status,
        retryAfter: outcome.response.headers.has('retry-after'),
      }
    : { kind: 'failure', unprocessed: outcome.unprocessed };

/** Milliseconds that an upstream wants to be left alone. @param now since the epoch */
export function waitAskedBy(outcome: Outcome, now: number): number | undefined {
  if (!('response' in outcome)) return undefined;
  const { status, headers } = outcome.response;
  return status === 429 || status === 503 ? retryAfterWait(headers.get('retry-after'), now) : undefined;
}

/** `grpc-status` of answers that are nothing but a head: what a 429, and what a 503 or 504, is elsewhere. */
const GRPC_EXHAUSTED = '8';
const GRPC_FAILURES: readonly (string | undefined)[] = ['14', '4'];

/** Of whom the outcome tells something: the endpoint, or only the caller. */
export interface TryFacts {
  readonly took: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The deadline was the caller's own, so that running out of it says nothing of the endpoint. */
  readonly byCaller: boolean;
  /** The caller went away meanwhile: what ended its try may have been that. */
  readonly gone: boolean;
  /** The endpoint may still have waited for a part of the body: how long it took is then the client's doing. */
  readonly owed: boolean;
}

/** What the outcome of a try tells about the endpoint. */
export function reportOf(outcome: Outcome, { breaker }: ServiceChunk['traffic'], facts: TryFacts): TryReport {
  const { took, now, byCaller, gone, owed } = facts;
  if ('response' in outcome) {
    const { status, headers } = outcome.response;
    const grpc = headers.get('grpc-status');
    if (status === 429 || grpc === GRPC_EXHAUSTED) {
      // It is fast, but to be sent more is not what it wants.
      const asked = retryAfterWait(headers.get('retry-after'), now) ?? RETRY_AFTER_CAP;
      return { end: 'neutral', serverError: false, took: Math.max(took, asked) };
    }
    const failed = breaker.codes.includes(status) || GRPC_FAILURES.includes(grpc);
    return { end: failed ? 'failure' : 'success', serverError: failed || status >= 500, took };
  }
  const { failure, maybeCallers } = outcome;
  const late = failure === 'upstream_timeout' || (failure === 'deadline_exceeded' && !byCaller);
  const failed = !gone && !maybeCallers && (failure === 'connect' || failure === 'reset' || (late && !owed));
  return { end: failed ? 'failure' : 'abandoned', serverError: failed, took };
}
