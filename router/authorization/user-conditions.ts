import { claimAt, claimText } from '../identity/end-user.ts';
import type { CallFacts } from './call-facts.ts';

/** Reads what policies look at from a call; undefined: there is nothing. */
export type Read = (call: CallFacts) => string | readonly string[] | undefined;

/**
 * What policies say of end users. What is missing is none of the values, and so it is outside of `notValues` too, as in
 * Istio.
 */
export const USER_ATTRIBUTES = {
  /** `iss/sub`. */
  'request.auth.principal': ({ endUser }) => endUser?.principal,
  'request.auth.presenter': ({ endUser }) => endUser?.presenter,
  'request.auth.audiences': ({ endUser }) => endUser?.audiences,
} satisfies Record<string, Read>;

/** `request.auth.claims[a][b]`: the claim b in the claim a. Undefined for other keys. */
export function claimReader(key: string): Read | undefined {
  if (!/^request\.auth\.claims(?:\[[^[\]]+\])+$/.test(key)) return undefined;
  const path = [...key.matchAll(/\[([^[\]]+)\]/g)].map(([, name = '']) => name);
  return ({ endUser }) => {
    const value = claimAt(endUser?.claims, path);
    return Array.isArray(value) ? value.flatMap((one) => claimText(one) ?? []) : claimText(value);
  };
}
