import type { CallFacts } from './call-facts.ts';
import { compilePatterns, type PatternTest } from './pattern.ts';

/** Whether a call is named by the values of a field. */
type CallTest = (call: CallFacts) => boolean;

/** Reads what policies say of end users from a call; undefined: there is nothing. */
type Read = (call: CallFacts) => string | readonly string[] | undefined;

const READ: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['request.auth.principal', ({ endUser }) => endUser?.principal],
  ['request.auth.presenter', ({ endUser }) => endUser?.presenter],
  ['request.auth.audiences', ({ endUser }) => endUser?.audiences],
]);

/** A field of a source: `iss/sub`. */
export const requestPrincipal = (patterns: readonly string[]): CallTest => {
  const test = compilePatterns(patterns);
  return ({ endUser }) => test(endUser?.principal);
};

/**
 * A condition on an attribute of the end user; undefined for other keys. Of a list one value is enough. What is missing
 * is none of the values, and so it is outside of `notValues` too, as in Istio.
 */
export function userAttribute(key: string): ((values: readonly string[]) => CallTest) | undefined {
  const read = READ.get(key) ?? claimReader(key);
  return read && ((values) => onAny(compilePatterns(values), read));
}

const onAny =
  (test: PatternTest, read: Read): CallTest =>
  (call) => {
    const value = read(call);
    return typeof value === 'object' ? value.some((one) => test(one)) : test(value);
  };

/** `request.auth.claims[a][b]`: the claim b in the claim a. */
function claimReader(key: string): Read | undefined {
  if (!/^request\.auth\.claims(?:\[[^[\]]+\])+$/.test(key)) return undefined;
  const path = [...key.matchAll(/\[([^[\]]+)\]/g)].map(([, name = '']) => name);
  return ({ endUser }) => {
    let value: unknown = endUser?.claims;
    for (const name of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[name];
    }
    return Array.isArray(value) ? value.flatMap((one) => textOf(one) ?? []) : textOf(value);
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
