import type { MeshSettings } from '../../snapshot/manifest.ts';
import { type AddressTest, compileBlocks } from '../authorization/ip-block.ts';

/** So many proxies stand behind each other at most. */
const MAX_ENTRIES = 32;
/** Compiled once for the settings of one snapshot. */
const tests = new WeakMap<readonly string[], AddressTest>();

/** Whether MeshConfig.trustedProxies names this address. What is no address is named by nobody. */
export function isTrustedProxy(address: string, { trustedProxies }: Pick<MeshSettings, 'trustedProxies'>): boolean {
  if (trustedProxies === undefined || trustedProxies.length === 0) return false;
  let test = tests.get(trustedProxies);
  if (test === undefined) {
    test = compileBlocks(trustedProxies);
    tests.set(trustedProxies, test);
  }
  try {
    return test(address);
  } catch {
    return false;
  }
}

/**
 * The client behind the proxies that are trusted: X-Forwarded-For read from the right, past each of them. Only a trusted
 * peer is believed; a list that can not be read says nothing.
 * @param peer of the connection
 * @param forwardedFor all values as sent, in order
 */
export function clientAddress(
  peer: string,
  forwardedFor: readonly string[],
  mesh: Pick<MeshSettings, 'trustedProxies'>,
): string {
  if (forwardedFor.length === 0 || !isTrustedProxy(peer, mesh)) return peer;
  const entries = forwardedFor
    .join(',')
    .split(',')
    .map((entry) => entry.trim());
  if (entries.length > MAX_ENTRIES || !entries.every(isAddress)) return peer;
  for (let i = entries.length - 1; i > 0; i--) {
    const entry = entries[i] as string;
    if (!isTrustedProxy(entry, mesh)) return entry;
  }
  return entries[0] as string;
}

function isAddress(text: string): boolean {
  // A zone means something on the proxy's machine only.
  if (text.includes('%') || text.includes('/')) return false;
  try {
    compileBlocks([text]);
    return true;
  } catch {
    return false;
  }
}
