/** How a program stops, milliseconds. */
export interface DrainTimes {
  /** After it has said that it is not ready any more it goes on serving for so long: until nobody sends it anything. */
  readonly delay: number;
  /** From the signal, the delay included, until what still runs is cut. */
  readonly limit: number;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
const LONGEST = 24 * 60 * 60_000;

/**
 * `GOSSAMER_DRAIN_DELAY` (0s) and `GOSSAMER_DRAIN_LIMIT` (30s), both as `500ms`, `5s`, `2m`.
 * @throws Error that says which of them is wrong
 */
export function drainTimes(env: (name: string) => string | undefined): DrainTimes {
  const [delay, limit] = [timeOf('GOSSAMER_DRAIN_DELAY', '0s', env), timeOf('GOSSAMER_DRAIN_LIMIT', '30s', env)];
  if (delay > limit) throw new Error('GOSSAMER_DRAIN_DELAY is longer than GOSSAMER_DRAIN_LIMIT, of which it is a part');
  return { delay, limit };
}

function timeOf(name: string, byDefault: string, env: (name: string) => string | undefined): number {
  const [, count, unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(env(name) ?? byDefault) ?? [];
  const time = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (time >= 0 && time <= LONGEST) return time;
  throw new Error(`${name} is no time such as 500ms, 5s or 2m, of a day at most`);
}
