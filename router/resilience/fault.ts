import type { FaultRule } from '../../snapshot/route.ts';
import { compilePatterns } from '../authorization/pattern.ts';

/** What a request asks for by Mesh-Fault-Delay and Mesh-Fault-Abort, as sent. */
export interface AskedFaults {
  readonly delay: string | undefined;
  readonly abort: string | undefined;
}

/** The trouble that one request is to have. */
export interface DrawnFaults {
  /** Milliseconds; 0 = none. */
  delay: number;
  abort: { readonly status: number; readonly grpcStatus?: number } | undefined;
  /** `namespace/name` of the FaultInjections that say so. */
  readonly by: string[];
  /** What is wrong with the header of a caller that may ask. */
  invalid: string | undefined;
}

/** Longest delay that a header may ask for, as long as one that a policy may: milliseconds. */
const LONGEST = 300_000;

/**
 * Draws each fault by itself, as Envoy does: of several delays the longest counts, of several answers the first.
 * @param caller name of its principal
 * @param chance uniform in [0, 1)
 */
export function drawFaults(
  rules: readonly FaultRule[],
  asked: AskedFaults,
  caller: string | undefined,
  chance: () => number,
): DrawnFaults {
  const drawn: DrawnFaults = { delay: 0, abort: undefined, by: [], invalid: undefined };
  for (const rule of rules) {
    const { delay, abort } = rule.byHeader === undefined ? rule : wanted(rule.byHeader, asked, caller, drawn);
    const waits = isDrawn(delay, chance);
    const ends = isDrawn(abort, chance);
    if (waits) drawn.delay = Math.max(drawn.delay, delay?.duration ?? 0);
    if (ends) drawn.abort ??= abort;
    if (waits || ends) drawn.by.push(rule.name);
  }
  return drawn;
}

const isDrawn = (fault: { readonly share: number } | undefined, chance: () => number): boolean =>
  fault !== undefined && (fault.share >= 1 || (fault.share > 0 && chance() < fault.share));

/** What the caller asks for, if it may. */
function wanted(
  { principals }: NonNullable<FaultRule['byHeader']>,
  asked: AskedFaults,
  caller: string | undefined,
  drawn: DrawnFaults,
): Pick<FaultRule, 'delay' | 'abort'> {
  // Made anew each time: hardly any request asks for trouble.
  if ((asked.delay ?? asked.abort) === undefined || !compilePatterns(principals)(caller)) return {};
  const duration = asked.delay === undefined ? 0 : parseDelay(asked.delay);
  const status = asked.abort === undefined ? 0 : parseStatus(asked.abort);
  if (duration === undefined) drawn.invalid = 'Mesh-Fault-Delay must be milliseconds or a duration such as 1s500ms.';
  else if (status === undefined) drawn.invalid = 'Mesh-Fault-Abort must be a status from 400 to 599.';
  return {
    ...(duration && { delay: { duration: Math.min(duration, LONGEST), share: 1 } }),
    ...(status && { abort: { status, share: 1 } }),
  };
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Whole milliseconds, or a duration of GEP-2257. */
function parseDelay(text: string): number | undefined {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  if (!/^(?:\d{1,5}(?:h|ms?|s)){1,4}$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(h|ms?|s)/g)) sum += Number(count) * (UNITS[unit] as number);
  return sum;
}

const parseStatus = (text: string): number | undefined => (/^[45]\d\d$/.test(text) ? Number(text) : undefined);
