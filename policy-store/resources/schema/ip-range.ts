/** An IP address as one number: 32 bits for version 4, 128 for version 6. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** A CIDR range. */
export interface IpRange extends IpAddress {
  readonly prefix: number;
}

/** Dotted decimal without leading zeros, the one notation that every parser reads alike; undefined for all others. */
export function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return { version: 4, value };
}

/** RFC 4291 text without zone and without an embedded IPv4 part; undefined for all others. */
export function parseIpv6(text: string): IpAddress | undefined {
  if (text.length > 39 || !/^[0-9a-fA-F:]+$/.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...(head ?? []), ...(tail ?? [])];
  if (given.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const zeros = 8 - given.length;
  if (tail === undefined ? zeros !== 0 : zeros < 1) return undefined;
  const groups = [...(head ?? []), ...Array<string>(zeros).fill('0'), ...(tail ?? [])];
  return { version: 6, value: groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) };
}

/** @returns undefined when it is no range, or when bits beyond the prefix are set (a likely typing error) */
export function parseRange(text: string): IpRange | undefined {
  const [, base = '', digits = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const address = parseIpv4(base) ?? parseIpv6(base);
  if (address === undefined) return undefined;
  const bits = address.version === 4 ? 32 : 128;
  const prefix = Number(digits);
  if (prefix > bits || address.value & ((1n << BigInt(bits - prefix)) - 1n)) return undefined;
  return { ...address, prefix };
}

export function inRange(address: IpAddress, range: IpRange): boolean {
  if (address.version !== range.version) return false;
  const drop = BigInt((range.version === 4 ? 32 : 128) - range.prefix);
  return address.value >> drop === range.value >> drop;
}
