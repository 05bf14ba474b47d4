/**
 * An address as groups of 16 bits: two for IPv4, eight for IPv6. An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`, as
 * dual-stack sockets report their peers) is the IPv4 address.
 */
type Groups = readonly number[];

interface Block {
  readonly groups: Groups;
  /** Leading bits that count. */
  readonly bits: number;
}

/** Whether an address lies in one of the blocks. Throws when it is no address, so that nobody takes that for a "no". */
export type AddressTest = (address: string) => boolean;

/** @param texts addresses and CIDR ranges; bits beyond the prefix are ignored. Throws when one is neither. */
export function compileBlocks(texts: readonly string[]): AddressTest {
  const blocks = texts.map(parseBlock);
  return (address) => {
    const groups = parseAddress(address);
    if (groups === undefined) throw new Error('the address of the caller is not known');
    return blocks.some((block) => isIn(groups, block));
  };
}

function parseBlock(text: string): Block {
  const [, base = '', prefix] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const written = unmapped(base);
  const groups = parseAddress(base);
  if (groups === undefined || written === undefined) throw new Error(`${JSON.stringify(text)} is no IP block`);
  const wide = written.length * 16;
  const bits = prefix === undefined ? wide : Number(prefix);
  // A block around the mapped addresses speaks of IPv6: it does not hold for IPv4.
  const mapped = groups.length < written.length;
  if (bits > wide) throw new Error(`${JSON.stringify(text)} has too long a prefix`);
  if (mapped && bits < MAPPED_BITS) return { groups: written, bits };
  return { groups, bits: mapped ? bits - MAPPED_BITS : bits };
}

function isIn(address: Groups, { groups, bits }: Block): boolean {
  if (address.length !== groups.length) return false;
  for (let i = 0, left = bits; left > 0; i++, left -= 16) {
    const differing = (address[i] as number) ^ (groups[i] as number);
    if (differing >>> Math.max(0, 16 - left) !== 0) return false;
  }
  return true;
}

const MAPPED_BITS = 96;
const isMapped = (groups: Groups): boolean => groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);

/** @returns undefined for everything that is no address */
function parseAddress(text: string): Groups | undefined {
  const groups = unmapped(text);
  return groups?.length === 8 && isMapped(groups) ? groups.slice(6) : groups;
}

/** As written: the mapped form stays eight groups long. */
function unmapped(text: string): Groups | undefined {
  if (text.length > 64) return undefined;
  // The zone of a link-local address names an interface of this machine.
  const zone = text.indexOf('%');
  const address = zone < 0 ? text : text.slice(0, zone);
  return address.includes(':') ? parseIpv6(address) : parseIpv4(address);
}

/** Dotted decimal without leading zeros: the one notation that all parsers read alike. */
function parseIpv4(text: string): Groups | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const bytes = match.slice(1).map(Number);
  if (bytes.some((byte, i) => byte > 255 || String(byte) !== match[i + 1])) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return [(a << 8) | b, (c << 8) | d];
}

/** RFC 4291, an IPv4 address as the last two groups included. */
function parseIpv6(text: string): Groups | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => parseGroups(half));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  // An embedded IPv4 address ends the whole address.
  if (tail !== undefined && halves[0]?.includes('.')) return undefined;
  const zeros = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? zeros !== 0 : zeros < 1) return undefined;
  return [...head, ...new Array<number>(zeros).fill(0), ...(tail ?? [])];
}

function parseGroups(text: string): Groups | undefined {
  const groups: number[] = [];
  const parts = text === '' ? [] : text.split(':');
  for (const [i, part] of parts.entries()) {
    const embedded = i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (embedded !== undefined) groups.push(...embedded);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
