import { decodeBase64Url, readStrictJws, TOKEN_LIMITS } from '../../snapshot/strict-jws.ts';
import { CredentialRefused, checkDates, checkLife, naming, SKEW, textClaim } from './claims.ts';
import type { CredentialProfile, Judging, Proven } from './credential-profile.ts';
import { issuedIdentity } from './issued-identity.ts';

/** Milliseconds. A stolen one is good for so long, at one service. */
const LONGEST_LIFE = 120_000;
const CLAIMS = ['aud', 'exp', 'gossamer.mesh/uid', 'iat', 'iss', 'jti', 'sub'].join();

/** A token that proves its holder by itself, for callers that can not sign (SPIFFE JWT-SVID). Strength `bearer`. */
export const BEARER: CredentialProfile<string> = {
  extract: ({ authorization }) => bearerToken(authorization),
  verify: (text, judging) => naming('the JWT-SVID', verifyJwtSvid(text, judging)),
};

async function verifyJwtSvid(text: string, { audience, snapshot, now }: Judging): Promise<Proven> {
  const read = readStrictJws(text, 'JWT', ['kid']);
  const { payload } = read;
  if (Object.keys(payload).sort().join() !== CLAIMS)
    throw new CredentialRefused('its claims are not those of a JWT-SVID');
  const expiresAt = checkDates(payload, now, LONGEST_LIFE + SKEW);
  const issuedAt = checkLife(payload, expiresAt, LONGEST_LIFE);
  textClaim(payload, 'jti');
  if (soleAudience(payload.aud) !== audience) {
    throw new CredentialRefused('its aud is not the called service alone', 'wrong_audience');
  }
  const claimed = { strength: 'bearer', jkt: '', expiresAt } as const;
  const issued = await issuedIdentity(text, read, snapshot.trust, 'jwt-svid', claimed);
  return { identity: { ...issued, issuedAt }, expiresAt };
}

const soleAudience = (aud: unknown): unknown => (Array.isArray(aud) && aud.length === 1 ? aud[0] : aud);

/** The token of a Bearer scheme, whose name is case-insensitive (RFC 9110 11.1). */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^bearer\s+(\S.*)$/i.exec(authorization)?.[1];
}

/** What kind of workload's token a bearer token claims to be; it is judged later. Undefined: it is the end user's. */
export function workloadTokenIn(bearer: string, trustDomain: string): 'wit' | 'jwt-svid' | undefined {
  if (bearer.length > TOKEN_LIMITS.text * 2) return undefined;
  const [header = '', payload = ''] = bearer.split('.', 3);
  if (/wit\+jwt/i.test(lenientText(header))) return 'wit';
  const issuer = `spiffe://${trustDomain}`;
  const issuers = lenientText(payload).matchAll(/"iss"\s*:\s*"([^"]*)"/g);
  return [...issuers].some(([, iss]) => iss?.toLowerCase() === issuer) ? 'jwt-svid' : undefined;
}

/** Read as the most careless reader would: what looks like a workload's token must never pass as somebody else's. */
export function lenientText(part: string): string {
  const letters = part
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/[^A-Za-z0-9_-]/g, '');
  // A last character that is too much, or whose unused bits are set, says nothing.
  const whole = letters.slice(0, letters.length - (letters.length % 4));
  const rest = letters.slice(whole.length);
  const bytes = decodeBase64Url(whole) ?? new Uint8Array();
  const tail = rest.length > 1 ? (decodeBase64Url(rest) ?? new Uint8Array()) : new Uint8Array();
  return `${String.fromCharCode(...bytes)}${String.fromCharCode(...tail)}`;
}
