import {
  type IpAddress,
  type IpRange,
  inRange,
  parseIpv4,
  parseIpv6,
  parseRange,
} from '../../resources/schema/ip-range.ts';

/** Where endpoints may be. */
export interface AddressRules {
  /** Loopback and private networks are allowed as a whole. */
  readonly dev: boolean;
  /** MeshConfig.allowedEndpointRanges. */
  readonly allowed: readonly IpRange[];
}

const ranges = (...texts: string[]): IpRange[] => texts.flatMap((text) => parseRange(text) ?? []);

/** Nothing of a mesh is ever there: unspecified, link-local, multicast, reserved, clouds' metadata, IPv4 in disguise. */
const NEVER = ranges(
  ...['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '100.100.100.200/32', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/127', '::/96', '::ffff:0:0/96', '64:ff9b::/96', '2002::/16', 'fe80::/10', 'ff00::/8', 'fd00:ec2::254/128'],
);
const LOOPBACK = ranges('127.0.0.0/8', '::1/128');
/** RFC 1918, carrier-grade NAT, benchmarking, unique local. */
const PRIVATE = ranges('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15', 'fc00::/7');

const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);

/** Why an endpoint must not be at this host; undefined when it may. @param host DNS name, IPv4, or IPv6 without brackets */
export function hostProblem(host: string, rules: AddressRules): string | undefined {
  const address = parseIpv4(host) ?? parseIpv6(host);
  return address === undefined ? nameProblem(host.toLowerCase(), rules) : addressProblem(address, rules);
}

const within = (address: IpAddress, list: readonly IpRange[]): boolean => list.some((range) => inRange(address, range));

function addressProblem(address: IpAddress, { dev, allowed }: AddressRules): string | undefined {
  const loopback = within(address, LOOPBACK);
  if (!loopback && within(address, NEVER))
    return 'is an address that no service may have (link-local, metadata, reserved)';
  if (!loopback && !within(address, PRIVATE)) return undefined;
  if (dev || within(address, allowed)) return undefined;
  return `is ${loopback ? 'a loopback' : 'a private'} address: list its range in MeshConfig spec.allowedEndpointRanges`;
}

const NAME = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

function nameProblem(host: string, { dev, allowed }: AddressRules): string | undefined {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  const labels = name.split('.');
  if (name.length > 253 || !labels.every((label) => NAME.test(label))) return 'is neither a DNS name nor an IP address';
  // What ends in a number is read as an IPv4 address by URL parsers: 0x7f.1, 2130706433, 127.1, 010.0.0.1.
  const last = labels.at(-1) ?? '';
  if (/^\d+$/.test(last) || /^0x[0-9a-f]*$/.test(last))
    return 'is an IP address in an unusual notation: write four decimal numbers';
  if (METADATA_NAMES.has(name)) return 'is the metadata service of a cloud';
  if (name !== 'localhost' && !name.endsWith('.localhost')) return undefined;
  const loopback = parseIpv4('127.0.0.1');
  if (dev || (loopback !== undefined && within(loopback, allowed))) return undefined;
  return 'is this machine itself: list 127.0.0.0/8 in MeshConfig spec.allowedEndpointRanges';
}

/** An endpoint URL taken apart, or why it is refused. Parsed by hand: URL parsers accept and repair too much. */
export function parseEndpointUrl(
  text: string,
): { scheme: string; host: string; authority: string } | { problem: string } {
  const [, scheme = '', rest] = /^(https?):\/\/(.*)$/s.exec(text) ?? [];
  if (rest === undefined) return { problem: 'must start with http:// or https://' };
  const authority = rest.endsWith('/') ? rest.slice(0, -1) : rest;
  if (authority.includes('@')) return { problem: 'must not have a user or password' };
  if (/[/?#]/.test(authority))
    return { problem: 'must not have a path or query: rewrite paths with a URLRewrite filter' };
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:]*)\]|([^:[\]\\%\s]+))(?::(\d{1,5}))?$/.exec(authority) ?? [];
  if (bracketed === undefined && plain === undefined) return { problem: 'has no valid host and port' };
  if (bracketed !== undefined && parseIpv6(bracketed) === undefined) return { problem: 'has no valid IPv6 address' };
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535))
    return { problem: 'has a port outside 1..65535' };
  return { scheme, host: bracketed ?? plain ?? '', authority: authority.toLowerCase() };
}
