import type { SessionPersistence, StickyKey } from '../../snapshot/route.ts';
import type { HeaderList } from '../headers.ts';
import type { Principal } from '../identity/principal.ts';

/** A point in [0, 1) that is the same for the same text on every router and in every version: part of what users see. */
export function pointOf(text: string): number {
  return hash32(text) / 0x1_0000_0000;
}

/** Eight hexadecimal digits that stand for a text without telling it. */
export const shortHash = (text: string): string => hash32(text).toString(16).padStart(8, '0');

/** FNV-1a over UTF-16 units, then mixed: without that, texts that differ at the end lie close together. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix32(hash);
}

/** The finisher of murmur3: every bit of 32 has a say in every other. */
export function mix32(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The text that a sticky choice is bound to; undefined when the request does not carry it. */
export function stickyText(key: StickyKey, headers: HeaderList, principal: Principal | null): string | undefined {
  switch (key.from) {
    case 'principal':
      return principal?.id;
    case 'header':
      return headers.combined(key.name.toLowerCase()) || undefined;
    case 'cookie':
      return cookieValue(headers, key.name) || undefined;
  }
}

/** Value of the first cookie of a name (RFC 6265 5.4: the more specific path comes first). */
export function cookieValue(headers: HeaderList, name: string): string | undefined {
  for (const pair of headers.get('cookie')?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** The text that a request says its session with. */
export const sessionText = ({ type, name }: SessionPersistence, headers: HeaderList): string | undefined =>
  type === 'Cookie' ? cookieValue(headers, name) : headers.get(name.toLowerCase());
