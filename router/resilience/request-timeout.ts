const SECONDS = /^(?:\d{1,8})(?:\.\d{1,6})?$/;

/**
 * Milliseconds of a `Request-Timeout`, which counts in seconds. Undefined when it is none, or 0: the header is nobody's
 * standard, and what an application says in it with other words stays between its two ends.
 */
export function parseRequestTimeout(text: string): number | undefined {
  const ms = SECONDS.test(text) ? Number(text) * 1000 : 0;
  return ms > 0 ? ms : undefined;
}

/** What is left, as a `Request-Timeout`: at least a second, because some read whole seconds only and 0 as no limit. */
export const requestTimeout = (ms: number): string => String(Math.max(1, Math.floor(ms / 1000)));
