import * as z from 'zod';
import { parseIpv4, parseIpv6 } from './ip-range.ts';

/** What authorization policies compare calls with: lists of patterns in the forms of Istio. */

const text = z.string().min(1).max(2048);

/** `*` stands at the start, at the end, or alone. Elsewhere Istio reads it as itself, which no one means. */
const starMisplaced = (pattern: string): boolean => pattern.length > 1 && pattern.slice(1, -1).includes('*');
const twoStars = (pattern: string): boolean => pattern.length > 1 && pattern.startsWith('*') && pattern.endsWith('*');
const isPattern = (pattern: string): boolean => !starMisplaced(pattern) && !twoStars(pattern);

const TEMPLATE = /[{}]/;

/** Segments are `{*}`, or text without wildcards; `{**}` once, and no `{*}` behind it. */
function isPathTemplate(template: string): boolean {
  const [before = '', after, ...more] = template.split('{**}');
  if (!template.startsWith('/') || more.length > 0) return false;
  if (after !== undefined && (!before.endsWith('/') || !/^(?:\/|$)/.test(after) || TEMPLATE.test(after))) return false;
  return !/[{}*]/.test(template.replace('{**}', '').replace(/(?<=\/)\{\*\}(?=\/|$)/g, ''));
}

/** An address or a CIDR range. Bits beyond the prefix are ignored, as in Istio. */
function isBlock(block: string): boolean {
  const [, base = '', prefix = '0'] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(block) ?? [];
  const address = parseIpv4(base) ?? parseIpv6(base);
  return address !== undefined && Number(prefix) <= (address.version === 4 ? 32 : 128);
}

/** Exact text, `abc*`, `*abc`, or `*`. */
export const pattern = text.refine(isPattern, {
  message: 'is a pattern that is not known: exact text, "abc*", "*abc", or "*" for anything that is present',
});

const pathPattern = text
  .refine((path) => !/[?#]/.test(path), { message: 'must be a path alone: policies do not see query and fragment' })
  .refine((path) => TEMPLATE.test(path) || isPattern(path), {
    message:
      'is a pattern that is not known: exact text, "/abc*", "*abc", "*", or a template like "/a/{*}/b" or "/a/{**}"',
  })
  .refine((path) => !TEMPLATE.test(path) || isPathTemplate(path), {
    message:
      'is no path template: "{*}" and "{**}" each take a whole segment, and behind "{**}" stands plain text only',
  });

export const block = text.refine(isBlock, {
  message: 'must be an IP address or a range like 10.0.0.0/8 or 2001:db8::/32',
});

export const account = text.max(320).refine((name) => /^[^/*\s]+(?:\/[^/*\s]+)?$/.test(name), {
  message: 'must be "namespace/account", or "account" for one of the own namespace; without "*"',
});

export const port = text.refine((number) => /^[1-9]\d{0,4}$/.test(number) && Number(number) <= 65535, {
  message: 'must be a port between 1 and 65535',
});

export const strength = z.enum(['bearer', 'proof', 'strict-proof', 'mtls']);

const listOf = <T extends z.ZodType>(entry: T) => z.array(entry).min(1).max(512).exactOptional();

export const texts = listOf(text);
export const patterns = listOf(pattern);
export const pathPatterns = listOf(pathPattern);
export const blocks = listOf(block);
export const accounts = listOf(account);
export const ports = listOf(port);
export const strengths = listOf(strength);
