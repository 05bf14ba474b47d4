import type { TrafficSettings } from '../../snapshot/chunk.ts';
import type { RetryStanza } from '../../snapshot/route.ts';
import { DEFAULT_TRAFFIC } from '../../snapshot/traffic-defaults.ts';

/** Answers that are tried again when no policy says otherwise (not 500: the service has worked on it). */
const RETRIED = DEFAULT_TRAFFIC.retry.codes;

/** What may be sent again, how often and how slowly. Times in milliseconds. */
export interface RetryPolicy {
  /** Tries after the first. */
  readonly limit: number;
  /** Status codes of answers that are tried again. */
  readonly codes: readonly number[];
  /** Codes that a policy names by itself: for these a Retry-After counts as "nothing was processed". */
  readonly named: readonly number[];
  readonly backoffBase: number;
  readonly backoffMax: number;
  /** No wait is shorter. */
  readonly minimumWait: number;
  /** Requests of unknown outcome are sent again, whatever their method. */
  readonly unsafe: boolean;
  /** A route asked for retries: running out of them is then an answer of its own. */
  readonly asked: boolean;
}

/** The service's settings, with what the rule's stanza says in their place. Only a TrafficPolicy makes a rule less safe. */
export function retryPolicyOf(traffic: TrafficSettings, stanza: RetryStanza | undefined): RetryPolicy {
  const { retry } = traffic;
  return {
    // A stanza alone asks for retries, of connection errors at least (Gateway API, HTTPRouteRetry).
    limit: stanza === undefined ? retry.limit : (stanza.attempts ?? Math.max(1, retry.limit)),
    codes: stanza?.codes ?? retry.codes,
    named: stanza?.codes ?? retry.codes.filter((code) => !RETRIED.includes(code)),
    backoffBase: stanza?.backoffBase ?? retry.backoffBase,
    backoffMax: stanza?.backoffMax ?? retry.backoffMax,
    minimumWait: stanza?.backoff ?? 0,
    unsafe: stanza?.unsafe ?? retry.unsafe,
    asked: stanza !== undefined,
  };
}
