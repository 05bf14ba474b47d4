const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
const KEPT = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu;
const encoder = new TextEncoder();

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/**
 * A path of a policy in the form in which the router compares paths: escapes of unreserved characters decoded, all
 * other escapes in upper case, everything that a URL cannot carry escaped. A pattern left in another form would never
 * match, and a DENY that never matches lets everyone through.
 */
export function canonicalPathText(text: string): string {
  return text.split(WILDCARD).map(canonicalPart).join('');
}

/** Of a path template; braces elsewhere are text. */
const WILDCARD = /(?<=\/)(\{\*\*?\})(?=\/|$)/;

function canonicalPart(text: string): string {
  if (WILDCARD.test(`/${text}`)) return text;
  const escaped = text.replace(KEPT, (character) => [...encoder.encode(character)].map(percent).join(''));
  return escaped.replace(/%([0-9a-fA-F]{2})|%/g, (whole, hex: string | undefined) => {
    if (hex === undefined) return '%25';
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : whole.toUpperCase();
  });
}
