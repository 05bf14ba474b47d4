import { ENDORSEMENT_TYPE } from '../../snapshot/manifest.ts';
import { readStrictJws, type StrictJws } from '../../snapshot/strict-jws.ts';
import { importPublicKey, isSignedBy } from './es256.ts';

type NamedKey = JsonWebKey & { readonly kid?: unknown };

/** A key is rotated a dozen times a year: more than this is no chain of an honest store. */
const LONGEST_CHAIN = 512;

export const findKey = (keys: readonly JsonWebKey[], kid: unknown): JsonWebKey | undefined =>
  keys.find((key) => (key as NamedKey).kid === kid);

/**
 * Follows what each manifest key said of the next, from the keys that are trusted to the one named `kid`.
 * @param endorsements compact JWS, the oldest first, from whoever: only what a trusted key signed counts
 * @param revoked key IDs that lead nowhere any more
 * @returns that key; undefined when no way leads to it
 */
export async function endorsedKey(
  kid: unknown,
  trusted: readonly JsonWebKey[],
  endorsements: readonly string[],
  revoked: readonly string[],
): Promise<JsonWebKey | undefined> {
  const known = [...trusted];
  for (const text of endorsements.slice(-LONGEST_CHAIN)) {
    const next = await believed(text, known);
    if (next === undefined || revoked.includes(next.kid)) continue;
    if (next.kid === kid) return next;
    known.push(next);
  }
  return undefined;
}

async function believed(
  text: string,
  known: readonly JsonWebKey[],
): Promise<(JsonWebKey & { readonly kid: string }) | undefined> {
  const read = readOrNothing(text);
  const signer = read && findKey(known, read.header.kid);
  if (read === undefined || signer === undefined) return undefined;
  const { kid, jwk } = read.payload;
  if (typeof kid !== 'string' || typeof jwk !== 'object' || jwk === null) return undefined;
  const { kty, crv, x, y } = jwk as JsonWebKey;
  if (kty !== 'EC' || crv !== 'P-256' || typeof x !== 'string' || typeof y !== 'string') return undefined;
  try {
    return (await isSignedBy(text, await importPublicKey(signer)))
      ? Object.assign({ kty, crv, x, y }, { kid })
      : undefined;
  } catch {
    return undefined;
  }
}

function readOrNothing(text: string): StrictJws | undefined {
  try {
    return readStrictJws(text, ENDORSEMENT_TYPE, ['kid']);
  } catch {
    return undefined;
  }
}
