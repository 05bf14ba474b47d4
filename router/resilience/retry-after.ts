/** No upstream can make a caller wait longer than this for a retry, in milliseconds. */
export const RETRY_AFTER_CAP = 5000;

const SECONDS = /^\d{1,9}$/;
const IMF_FIXDATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

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
  const parts = IMF_FIXDATE.exec(text);
  if (parts === null) return undefined;
  const month = MONTHS.indexOf(parts[2] as string);
  const [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map((i) => Number(parts[i])) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  return ((daysSinceEpoch(year, month + 1, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1000 - now;
}

/** Days from 1970-01-01 in the Gregorian calendar: years are counted from March, so that the leap day comes last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719468;
}
