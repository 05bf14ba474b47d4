import { hostProblem } from '../../policy-store/compiler/services/endpoint-address.ts';
import type { OutsideRules } from '../../policy-store/issuer-keys/issuer-source.ts';
import { inRange, parseIpv4, parseIpv6, parseRange } from '../../policy-store/resources/schema/ip-range.ts';

/**
 * Why the store must not fetch from a host; undefined: it may. The rules are those of endpoints: never link-local,
 * metadata, multicast, unspecified or mapped addresses; loopback and private ones where the mesh allows them.
 * @param plain by http, which only goes to what is allowed by its range (or, in dev mode, to what is on this network)
 * @param as `address`: a name is no answer
 */
export function outsideProblem(
  host: string,
  { dev, allowed }: OutsideRules,
  plain: boolean,
  as: 'host' | 'address' = 'host',
): string | undefined {
  const address = parseIpv4(host) ?? parseIpv6(host);
  if (address === undefined && as === 'address') return 'is written in an unusual way';
  const ranges = allowed.flatMap((text) => parseRange(text) ?? []);
  const problem = hostProblem(host, { dev, allowed: ranges });
  if (problem !== undefined) return problem;
  if (!plain || dev || address === undefined || ranges.some((range) => inRange(address, range))) return undefined;
  return 'must be reached by https';
}
