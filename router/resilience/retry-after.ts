/** No upstream can make a caller wait longer than this for a retry, in milliseconds. */
export const RETRY_AFTER_CAP = 5000;

const SECONDS = /^\d{1,9}$/;
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * The wait that a Retry-After asks for (RFC 9110 10.2.3), in milliseconds and at most RETRY_AFTER_CAP.
 * @returns undefined when there is none or it can not be read
 */
export function retryAfterWait(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const wait = SECONDS.test(text) ? Number(text) * 1000 : waitUntil(text, now);
  return wait === undefined ? undefined : Math.min(Math.max(wait, 0), RETRY_AFTER_CAP);
}

function waitUntil(text: string, now: number): number | undefined {
  if (!IMF_FIXDATE.test(text)) return undefined;
  // biome-ignore lint/style/noRestrictedGlobals: reads a date, not the time.
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at - now;
}
