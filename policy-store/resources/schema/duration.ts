import * as z from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const DURATION = /^(?:\d{1,5}(?:h|m|s|ms)){1,4}$/;

/** Milliseconds of a GEP-2257 duration (`1h30m`, `15s`, `250ms`); undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, digits = '', unit = ''] of text.matchAll(/(\d+)(h|ms|m|s)/g))
    total += Number(digits) * (UNIT_MS[unit] ?? 0);
  return total;
}

/** GEP-2257: units h, m, s, ms; at most four parts; no fractions, no sign. */
export const duration = z.string().refine((text) => parseDuration(text) !== undefined, {
  message: 'must be a duration such as "15s", "250ms" or "1h30m" (units h, m, s, ms; no fractions)',
});

/** A duration between two, both included. */
export function durationWithin(least: string, most: string) {
  const [from, to] = [milliseconds(least), milliseconds(most)];
  const fits = (ms: number | undefined): boolean => ms === undefined || (ms >= from && ms <= to);
  return duration.refine((text) => fits(parseDuration(text)), { message: `must be between ${least} and ${most}` });
}

/** Milliseconds of a duration that the schema has accepted. */
export const milliseconds = (text: string): number => parseDuration(text) ?? 0;
