import type { HeaderList } from '../headers.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** How one try ended. */
export type TryResult =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter: boolean }
  | { readonly kind: 'failure'; readonly unprocessed: boolean };

/** Methods whose repetition changes nothing (RFC 9110 9.2.2; TRACE is never let in). */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** True when the caller has said, by method or by `Idempotency-Key`, that doing it twice is doing it once. */
export function isRepeatable(method: string, headers: HeaderList): boolean {
  return REPEATABLE.has(method) || headers.has('idempotency-key');
}

/**
 * Whether this result calls for another try. Only ever about safety and policy: limits, time and the body are the
 * caller's business. A request of unknown outcome is sent again only when it is repeatable or the policy says `unsafe`.
 */
export function isRetried(policy: RetryPolicy, repeatable: boolean, result: TryResult): boolean {
  if (result.kind === 'answer' && !policy.codes.includes(result.status)) return false;
  return repeatable || policy.unsafe || provenUnprocessed(policy, result);
}

/** Refused connection, 425 (RFC 8470: nothing was done), or 429/503 with Retry-After where a policy names the code. */
function provenUnprocessed(policy: RetryPolicy, result: TryResult): boolean {
  if (result.kind === 'failure') return result.unprocessed;
  if (result.status === 425) return true;
  return (result.status === 429 || result.status === 503) && result.retryAfter && policy.named.includes(result.status);
}
