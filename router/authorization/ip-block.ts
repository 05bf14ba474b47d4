/** Whether an address lies in one of the blocks. Throws when it is no address, so that nobody takes that for a "no". */
export type AddressTest = (address: string) => boolean;

/**
 * An address as its bits, `0` and `1`: 32 of IPv4, 128 of IPv6. An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`, as
 * dual-stack sockets report their peers) is the IPv4 address.
 */
type Bits = string;

interface Block {
  /** Of the addresses that can lie in it. */
  readonly length: number;
  /** What they begin with. */
  readonly prefix: Bits;
}

const MAPPED: Bits = `${'0'.repeat(80)}${'1'.repeat(16)}`;

/** @param texts addresses and CIDR ranges; bits beyond the prefix are ignored. Throws when one is neither. */
export function compileBlocks(texts: readonly string[]): AddressTest {
  const blocks = texts.map(parseBlock);
  return (address) => {
    const written = bitsOf(address);
    if (written === undefined) throw new Error('the address of the caller is not known');
    const bits = unmapped(written);
    return blocks.some(({ length, prefix }) => bits.length === length && bits.startsWith(prefix));
  };
}

function parseBlock(text: string): Block {
  const [, base = '', digits] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const written = bitsOf(base);
  if (written === undefined) throw new Error(`${JSON.stringify(text)} is no IP block`);
  const wanted = Number(digits ?? written.length);
  if (wanted > written.length) throw new Error(`${JSON.stringify(text)} has too long a prefix`);
  const prefix = written.slice(0, wanted);
  // A block around the mapped addresses speaks of IPv6: it does not hold for IPv4.
  return prefix.startsWith(MAPPED) ? { length: 32, prefix: unmapped(prefix) } : { length: written.length, prefix };
}

const unmapped = (bits: Bits): Bits => (bits.startsWith(MAPPED) ? bits.slice(MAPPED.length) : bits);

/** As written: the mapped form stays 128 bits long. @returns undefined for everything that is no address */
function bitsOf(text: string): Bits | undefined {
  if (text.length > 64) return undefined;
  // The zone of a link-local address names an interface of this machine.
  const [address = ''] = text.split('%', 1);
  return address.includes(':') ? ipv6Bits(address) : ipv4Bits(address);
}

const bitsOfNumber = (value: number, length: number): Bits => value.toString(2).padStart(length, '0');

/** Dotted decimal without leading zeros: the one notation that all parsers read alike. */
function ipv4Bits(text: string): Bits | undefined {
  const bytes = text.split('.');
  const known = bytes.length === 4 && bytes.every((byte) => /^(?:0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256);
  return known ? bytes.map((byte) => bitsOfNumber(Number(byte), 8)).join('') : undefined;
}

/** RFC 4291, an IPv4 address as the last two groups included. */
function ipv6Bits(text: string): Bits | undefined {
  const [head = '', tail, more] = text.split('::');
  const before = groupBits(head, tail === undefined);
  const after = groupBits(tail ?? '', true);
  const zeros = tail === undefined ? 0 : 128 - before.length - after.length;
  // What stands for zeros stands for one group at least.
  if (more !== undefined || (tail !== undefined && zeros < 16)) return undefined;
  const bits = `${before}${'0'.repeat(zeros)}${after}`;
  return /^[01]{128}$/.test(bits) ? bits : undefined;
}

/** Holds a `?` where there is no group. @param ends whether an IPv4 address may stand at its end */
function groupBits(text: string, ends: boolean): string {
  const groups = text === '' ? [] : text.split(':');
  const bits = groups.map((group, i) => {
    if (/^[0-9a-f]{1,4}$/i.test(group)) return bitsOfNumber(Number.parseInt(group, 16), 16);
    return (ends && i === groups.length - 1 && ipv4Bits(group)) || '?';
  });
  return bits.join('');
}
