import type { FaultRule } from '../../snapshot/route.ts';
import { compilePatterns, type PatternTest } from '../authorization/pattern.ts';

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
  readonly by: Set<string>;
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
  const drawn: DrawnFaults = { delay: 0, abort: undefined, by: new Set(), invalid: undefined };
  for (const rule of rules) {
    const { delay, abort } = rule.byHeader === undefined ? rule : wanted(rule.byHeader, asked, caller, drawn);
    if (delay !== undefined && delay.duration > drawn.delay && isDrawn(delay.share, chance)) {
      drawn.delay = delay.duration;
      drawn.by.add(rule.name);
    }
    if (abort !== undefined && drawn.abort === undefined && isDrawn(abort.share, chance)) {
      drawn.abort = abort;
      drawn.by.add(rule.name);
    }
  }
  return drawn;
}

const isDrawn = (share: number, chance: () => number): boolean => share >= 1 || (share > 0 && chance() < share);

/** What the caller asks for, if it may. */
function wanted(
  { principals }: NonNullable<FaultRule['byHeader']>,
  asked: AskedFaults,
  caller: string | undefined,
  drawn: DrawnFaults,
): Pick<FaultRule, 'delay' | 'abort'> {
  if (!testOf(principals)(caller)) return {};
  const duration = asked.delay === undefined ? 0 : parseDelay(asked.delay);
  const status = asked.abort === undefined ? 0 : parseStatus(asked.abort);
  if (duration === undefined) drawn.invalid = 'Mesh-Fault-Delay must be milliseconds or a duration such as 1s500ms.';
  else if (status === undefined) drawn.invalid = 'Mesh-Fault-Abort must be a status from 400 to 599.';
  return {
    ...(duration && { delay: { duration: Math.min(duration, LONGEST), share: 1 } }),
    ...(status && { abort: { status, share: 1 } }),
  };
}

/** Compiled once for a rule of one snapshot. */
const tests = new WeakMap<readonly string[], PatternTest>();

function testOf(principals: readonly string[]): PatternTest {
  let test = tests.get(principals);
  if (test === undefined) {
    test = compilePatterns(principals);
    tests.set(principals, test);
  }
  return test;
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
