import { type IpRange, inRange, parseIpv4, parseIpv6 } from '../../../resources/schema/ip-range.ts';

/** An address is the block of itself; bits beyond the prefix do not count. Undefined: not a form that is understood here. */
function blockOf(text: string): IpRange | undefined {
  const [base = '', digits] = text.split('/');
  const address = parseIpv4(base) ?? parseIpv6(base);
  if (address === undefined) return undefined;
  return { ...address, prefix: digits === undefined ? (address.version === 4 ? 32 : 128) : Number(digits) };
}

/** IPv4 in IPv6 clothes may be either: nothing is claimed about those. */
const isPlain = ({ version, value }: IpRange): boolean => version === 4 || value >> 48n !== 0n;

/** Whether every address of `narrow` lies in `wide`. */
export function blockCovers(wide: string, narrow: string): boolean {
  if (wide === narrow) return true;
  const [a, b] = [blockOf(wide), blockOf(narrow)];
  if (a === undefined || b === undefined || !isPlain(a) || !isPlain(b)) return false;
  return a.prefix <= b.prefix && inRange(b, a);
}

/** Whether no address lies in both. */
export function blockDisjoint(one: string, other: string): boolean {
  const [a, b] = [blockOf(one), blockOf(other)];
  if (a === undefined || b === undefined || !isPlain(a) || !isPlain(b)) return false;
  return !blockCovers(one, other) && !blockCovers(other, one);
}
