/** Bytes of path and query together; the text is ASCII by then, so characters are bytes. */
const MAX_TARGET = 8192;

/** RFC 3986 pchar without `;` (a matrix parameter is read differently by every server), plus the brackets that URL parsers keep. */
const PLAIN_PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@[\]%/]*$/;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const ESCAPE = /%[0-9A-Fa-f]{2}/g;
/** Read after normalising: controls, DEL, slash, backslash. */
const FORBIDDEN_ESCAPE = /%(?:[01][0-9A-F]|7F|2F|5C)/;
/** An escape that is itself escaped: whoever decodes twice would see another path. */
const DOUBLE_ESCAPE = /%25[0-9A-Fa-f]{2}/;
/** `.` and `..`, also where a server that cuts matrix parameters off after decoding would see them. */
const DOT_SEGMENT = /\/\.{1,2}(?:\/|%3B|$)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const BAD_QUERY = /[\x00-\x20#\x7f-\uffff]/;

export type CanonicalTarget =
  | { readonly path: string; readonly query: string | undefined }
  | {
      /** What is wrong, for the caller. Quotes nothing of the request. */
      readonly invalid: string;
    };

/**
 * The one spelling of a request target: unreserved characters unescaped (once), other escapes in upper case, case and
 * trailing slash kept. What two servers could read differently is refused, so that the path that is authorised is,
 * byte for byte, the path that the upstream sees. Idempotent.
 * @param target `/path?query` as received
 */
export function canonicalTarget(target: string): CanonicalTarget {
  if (target.length > MAX_TARGET) return { invalid: `the request target is longer than ${MAX_TARGET} bytes` };
  const mark = target.indexOf('?');
  const raw = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? undefined : target.slice(mark + 1);
  if (query !== undefined && BAD_QUERY.test(query)) {
    return { invalid: 'the query holds a character that must be percent-encoded' };
  }
  if (!raw.startsWith('/')) return { invalid: 'the path does not start with a slash' };
  if (!PLAIN_PATH.test(raw))
    return { invalid: 'the path holds a character that must be percent-encoded, or a semicolon' };
  const path = raw.includes('%') ? normalEscapes(raw) : raw;
  if (path === undefined) return { invalid: 'the path holds a broken or forbidden percent-escape' };
  if (path.includes('//')) return { invalid: 'the path holds an empty segment' };
  if (DOT_SEGMENT.test(path)) return { invalid: 'the path holds a dot segment' };
  return { path, query };
}

function normalEscapes(raw: string): string | undefined {
  if (BROKEN_ESCAPE.test(raw)) return undefined;
  const path = raw.replace(ESCAPE, normalEscape);
  return FORBIDDEN_ESCAPE.test(path) || DOUBLE_ESCAPE.test(path) || !isUtf8(path) ? undefined : path;
}

function normalEscape(triplet: string): string {
  const char = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
  return /[A-Za-z0-9\-._~]/.test(char) ? char : triplet.toUpperCase();
}

/** decodeURIComponent is strict: overlong forms, surrogates and stray bytes throw. */
function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Spells a path from a document (a match, a policy's pattern) as a canonical path would be spelled, so that `/caf%c3%a9`
 * and `/café` mean what arrives as `/caf%C3%A9`. What can not occur in a canonical path stays and never matches.
 */
export function canonicalPattern(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\x21-\x7e]|["<>^`|]/gu, (char) => encodeURIComponent(char))
    .replace(ESCAPE, normalEscape);
}
