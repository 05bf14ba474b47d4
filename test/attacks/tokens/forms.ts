import { base64url, loose, type Members, type Sketch, sign, signHmac, signText, unsigned } from './forge.ts';
import { CLASSES, type ClassName, except, type TokenAttack } from './token-class.ts';

type Spoil = TokenAttack['spoil'];

/** Certificates in them are left aside, and name no key. */
const IGNORES_CERTIFICATES: readonly ClassName[] = ['end-user token', 'subject token'];
/** Their `kid` is optional, or has no place. */
const WITHOUT_KID = ['WPT', 'strict WPT', 'DPoP proof', 'client assertion', 'end-user token'] as const;

const header = (change: (good: Members) => Members): Spoil => {
  return (good) => sign({ ...good, header: change(good.header) });
};
const headed = (more: Members): Spoil => header((good) => ({ ...good, ...more }));
const claimsText = (change: (json: string) => string): Spoil => {
  return (good) => sign({ ...good, claims: change(JSON.stringify(good.claims)) });
};
const headerText = (change: (json: string) => string): Spoil => {
  return (good) => sign({ ...good, header: change(JSON.stringify(good.header)) });
};
const spoilt =
  (change: (token: string) => string): Spoil =>
  async (good) =>
    change(await sign(good));
const first = (member: string) => (json: string) => json.replace('{', `{${member},`);
const last = (member: string) => (json: string) => json.replace(/\}$/, `,${member}}`);
/** A claim that the class has. */
const nameOf = ({ claims }: Sketch): string => ['sub', 'aud', 'htu'].find((name) => Object.hasOwn(claims, name)) ?? '';

/** Signs both parts as they stand, one of them with bits set that nobody reads. */
async function looselyEncoded(good: Sketch): Promise<string> {
  for (let pad = ''; pad.length < 3; pad += 'x') {
    const part = base64url({ ...good.claims, jti: `${good.claims.jti}${pad}` });
    if (part.length % 4 !== 0) return signText(`${base64url(good.header)}.${loose(part)}`, good.key);
  }
  throw new Error('no length leaves bits over');
}

const attack = (row: number, name: string, spoil: Spoil, more: Partial<TokenAttack> = {}): TokenAttack => ({
  row,
  name,
  classes: CLASSES,
  spoil,
  ...more,
});

const algorithms: TokenAttack[] = [
  ...['none', 'nOnE', 'NONE', ''].map((alg) =>
    attack(1, `alg "${alg}", unsigned`, (good) => `${base64url({ ...good.header, alg })}.${base64url(good.claims)}.`),
  ),
  attack(1, 'alg none, and a signature', headed({ alg: 'none' })),
  attack(1, 'no signature', spoilt(unsigned)),
  attack(
    1,
    'two parts',
    spoilt((token) => unsigned(token).slice(0, -1)),
  ),
  attack(2, 'HS256 keyed with the public JWK', (good) => signHmac(good, JSON.stringify(good.key.jwk))),
  attack(2, 'HS256 keyed with a coordinate', (good) => signHmac(good, String(good.key.jwk.x))),
  attack(2, 'HS256 keyed with nothing', (good) => signHmac(good, '')),
  ...['ES384', 'RS256', 'PS256', 'EdDSA', 'HS256', 'es256'].map((alg) =>
    attack(3, `alg ${alg}, signed with ES256`, headed({ alg })),
  ),
  attack(3, 'no alg', headed({ alg: undefined })),
];

const keyIds: TokenAttack[] = [
  attack(4, 'no kid', headed({ kid: undefined }), { classes: except(...WITHOUT_KID) }),
  ...['../../etc/passwd', "k' OR '1'='1", '', 7, null, ['k'], { k: 1 }].map((kid) =>
    attack(5, `kid ${JSON.stringify(kid)}`, headed({ kid })),
  ),
  // A client assertion's kid is a hint that nothing is looked up by: the keys are those of its Workload.
  ...['__proto__', 'constructor', 'unknown'].map((kid) =>
    attack(5, `kid ${kid}`, headed({ kid }), { classes: except('client assertion') }),
  ),
  attack(5, 'kid of 10 kB', headed({ kid: 'k'.repeat(10_000) }), { loosely: true }),
];

const foreignKeys: TokenAttack[] = ['jku', 'x5u', 'x5c', 'jwk', 'x5t'].flatMap((member) => {
  const value = (lure: string, jwk: Members): unknown =>
    member === 'jwk' ? jwk : member === 'x5c' || member === 'x5t' ? ['MIIB'] : `${lure}/${member}`;
  const own = ({ name }: { readonly name: ClassName }): boolean =>
    (member === 'jwk' && name === 'DPoP proof') || (member.startsWith('x5') && IGNORES_CERTIFICATES.includes(name));
  const both = (mine: boolean): Spoil => {
    return (good, { lure, stranger }) => {
      const key = mine ? stranger : good.key;
      return sign({ ...good, key, header: { ...good.header, [member]: value(lure, key.jwk) } });
    };
  };
  return [
    attack(6, `${member}, the signature is good`, both(false), { classes: CLASSES.filter((name) => !own({ name })) }),
    attack(6, `${member}, signed by a stranger`, both(true), {
      classes: member === 'jwk' ? except('DPoP proof') : CLASSES,
    }),
  ];
});

const readings: TokenAttack[] = [
  attack(7, 'crit, unknown', headed({ crit: ['gossamer'], gossamer: 1 })),
  attack(7, 'crit, empty', headed({ crit: [] })),
  attack(7, 'b64 false', headed({ crit: ['b64'], b64: false })),
  attack(7, 'b64 false, payload in clear', (good) =>
    signText(`${base64url({ ...good.header, crit: ['b64'], b64: false })}.{}`, good.key),
  ),
  attack(8, 'a claim twice, the good one last', (good) =>
    sign({ ...good, claims: first(`"${nameOf(good)}":"x"`)(JSON.stringify(good.claims)) }),
  ),
  attack(8, 'a claim twice, the good one first', (good) =>
    sign({ ...good, claims: last(`"${nameOf(good)}":"x"`)(JSON.stringify(good.claims)) }),
  ),
  attack(8, 'a claim twice, once escaped', (good) => {
    const name = nameOf(good);
    const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
    return sign({ ...good, claims: first(`"${escaped}":"x"`)(JSON.stringify(good.claims)) });
  }),
  attack(8, 'alg twice', headerText(first('"alg":"none"'))),
  attack(8, 'typ twice', headerText(last('"typ":"x"'))),
  ...['__proto__', 'constructor', 'prototype'].flatMap((name) => [
    attack(9, `${name} as a claim`, claimsText(last(`"${name}":{"sub":"x"}`))),
    attack(9, `${name} within a claim`, claimsText(last(`"x":{"${name}":{"sub":"x"}}`))),
    attack(9, `${name} in the header`, headerText(last(`"${name}":{"alg":"none"}`))),
  ]),
  attack(
    10,
    'padding',
    spoilt((token) => `${token}=`),
  ),
  attack(
    10,
    'padding of a part',
    spoilt((token) => token.replace('.', '=.')),
  ),
  attack(
    10,
    'a space within',
    spoilt((token) => token.replace('.', ' .')),
    { loosely: true },
  ),
  attack(
    10,
    'a line break within',
    spoilt((token) => token.replace('.', '\r\n .')),
    { loosely: true },
  ),
  attack(
    10,
    'the alphabet of plain base64',
    spoilt((token) => `${token.slice(0, -2)}+/`),
  ),
  attack(10, 'a signature with bits that nobody reads', spoilt(loose)),
  attack(10, 'a payload with bits that nobody reads, signed so', looselyEncoded),
  attack(
    10,
    'a fourth part',
    spoilt((token) => `${token}.`),
  ),
];

const sizes: TokenAttack[] = [
  attack(11, 'over 8 KiB, 16 for an outside issuer', claimsText(last(`"x":"${'x'.repeat(13_000)}"`)), {
    loosely: true,
  }),
  attack(11, 'a header over 1 KiB, 4 for outside issuers', headed({ x: 'x'.repeat(4200) })),
  attack(11, 'a payload over 4 KiB, up to 8 for others', claimsText(last(`"x":"${'x'.repeat(8300)}"`)), {
    // One for one request holds the path, which may have 8 KiB by itself.
    classes: except('Mesh-Call'),
    loosely: true,
  }),
  attack(11, 'deep JSON', claimsText(last(`"x":${'['.repeat(17)}${']'.repeat(17)}`))),
  attack(11, 'deep JSON, objects', claimsText(last(`"x":${'{"x":'.repeat(17)}1${'}'.repeat(17)}`))),
  attack(23, 'a JWE', () => `${base64url({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`),
  attack(23, 'zip', headed({ zip: 'DEF' })),
  attack(23, 'PBES2', headed({ alg: 'PBES2-HS256+A128KW', p2c: 1_000_000_000, p2s: 'AAAA', enc: 'A128GCM' })),
  attack(23, 'enc', headed({ enc: 'A256GCM' })),
];

const bytesBefore = (bytes: readonly number[], part: Members): Uint8Array =>
  Buffer.concat([Buffer.from(bytes), Buffer.from(JSON.stringify(part))]);

const texts: TokenAttack[] = [
  attack(26, 'a byte order mark before the claims', (good) =>
    sign({ ...good, claims: bytesBefore([0xef, 0xbb, 0xbf], good.claims) }),
  ),
  attack(26, 'a byte order mark before the header', (good) =>
    sign({ ...good, header: bytesBefore([0xef, 0xbb, 0xbf], good.header) }),
  ),
  attack(26, 'invalid UTF-8 in a claim', (good) => {
    const json = JSON.stringify({ ...good.claims, jti: 'x?y' }).split('?');
    return sign({
      ...good,
      claims: Buffer.concat([Buffer.from(`${json[0]}`), Buffer.of(0xff), Buffer.from(`${json[1]}`)]),
    });
  }),
  attack(26, 'UTF-16', (good) => sign({ ...good, claims: Buffer.from(JSON.stringify(good.claims), 'utf16le') })),
  attack(26, 'no JSON object', (good) => sign({ ...good, claims: '[]' })),
  attack(
    26,
    'more than one JSON value',
    claimsText((json) => `${json}{}`),
  ),
  attack(26, 'no token at all', () => 'hello'),
];

export const formAttacks: readonly TokenAttack[] = [
  ...algorithms,
  ...keyIds,
  ...foreignKeys,
  ...readings,
  ...sizes,
  ...texts,
];
