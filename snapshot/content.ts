/** SHA-256 of a chunk's bytes, lower-case hexadecimal. */
export type Sha256 = string;

const encoder = new TextEncoder();

/**
 * The one serialisation of a compiled object: members sorted by name, no `undefined`, no white space.
 * Equal content has equal bytes, so a chunk that did not change keeps its hash.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v === undefined ? null : v)).join(',')}]`;
  const members: string[] = [];
  for (const [name, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

export async function sha256(text: string): Promise<Sha256> {
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
