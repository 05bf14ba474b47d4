import { type Members, type Sketch, sign } from './forge.ts';
import { CLASSES, type ClassName, except, type Loot, type TokenAttack } from './token-class.ts';

type Spoil = TokenAttack['spoil'];

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
/** Only `iat` says when a DPoP proof was made. */
const DATED_BY_IAT: readonly ClassName[] = ['DPoP proof'];
/** Outside issuers name their users as they like. */
const OUTSIDE: readonly ClassName[] = ['end-user token', 'subject token'];
const WITHOUT_SUB = ['WPT', 'strict WPT', 'DPoP proof'] as const;
/** `iss` of a Mesh-Call is the router's own name: nothing is known of it but who signed. */
const WITHOUT_ISS = [...WITHOUT_SUB, 'Mesh-Call', 'Mesh-Parent-Call'] as const;

const attack = (row: number, name: string, spoil: Spoil, classes: readonly ClassName[] = CLASSES): TokenAttack => ({
  row,
  name,
  classes,
  spoil,
});
const claimed =
  (change: (claims: Members, loot: Loot) => Members): Spoil =>
  (good, loot) =>
    sign({ ...good, claims: { ...good.claims, ...change(good.claims, loot) } });

const dateOf = ({ claims }: Sketch): 'exp' | 'iat' => (Object.hasOwn(claims, 'exp') ? 'exp' : 'iat');

/** The date that counts, as text that stands there in its place. */
const dated = (name: string, text: (good: number) => string | undefined, classes = CLASSES as readonly ClassName[]) =>
  attack(
    12,
    `${name} as the date that counts`,
    (good) => {
      const date = dateOf(good);
      const written = text(Number(good.claims[date]));
      const { [date]: _left, ...claims } = good.claims;
      const json = JSON.stringify(claims);
      return sign({ ...good, claims: written === undefined ? json : json.replace('{', `{"${date}":${written},`) });
    },
    classes,
  );

const dates: TokenAttack[] = [
  dated('1e400', () => '1e400'),
  dated('a fraction', (good) => `${good}.5`),
  dated('a whole number written as a fraction', (good) => `${good}.0`),
  dated('an exponent', (good) => `${good / 10}e1`),
  dated('text', (good) => `"${good}"`),
  dated('a list', (good) => `[${good}]`),
  dated('a negative number', (good) => `-${good}`),
  dated('null', () => 'null'),
  dated('the year 9999', () => '253402300799'),
  dated('beyond what a double holds', () => '9007199254740993'),
  dated('zero', () => '0'),
  dated('nothing', () => undefined),
];

const times: TokenAttack[] = [
  attack(
    13,
    'expired beyond any skew',
    claimed((_good, { now }) => ({ iat: now - 100, exp: now - 65 })),
    CLASSES,
  ),
  attack(
    13,
    'expired just beyond the skew of the mesh',
    claimed(({ iat }, { now }) => ({ ...(iat !== undefined && { iat: now - 30 }), exp: now - 6 })),
    except(...DATED_BY_IAT, ...OUTSIDE),
  ),
  attack(
    13,
    'iat in the future',
    claimed((_good, { now }) => ({ iat: now + 66, exp: now + 86 })),
  ),
  attack(
    13,
    'iat just beyond the skew of the mesh',
    claimed((_good, { now }) => ({ iat: now + 9, exp: now + 29 })),
    except(...DATED_BY_IAT, ...OUTSIDE),
  ),
  attack(
    13,
    'nbf in the future',
    claimed((_good, { now }) => ({ nbf: now + 60 })),
    except(...DATED_BY_IAT),
  ),
  attack(
    13,
    'a life that is too long',
    claimed((_good, { now }) => ({ iat: now, exp: now + 401 * 86_400 })),
    except(...DATED_BY_IAT),
  ),
];

const foreign = (sub: string): string => sub.replace('mesh.local', 'other.domain');

const subjects: TokenAttack[] = [
  ...[[CART], 7, '', { id: CART }, true].map((sub) =>
    attack(
      14,
      `sub ${JSON.stringify(sub)}`,
      claimed(() => ({ sub })),
      except(...WITHOUT_SUB),
    ),
  ),
  attack(
    14,
    'no sub',
    claimed(() => ({ sub: undefined })),
    except(...WITHOUT_SUB, 'Mesh-Call', 'Mesh-Parent-Call'),
  ),
  ...[
    'cart',
    'spiffe://mesh.local/ns/sho%70/sa/cart',
    'spiffe://mesh.local/ns//shop/sa/cart',
    'spiffe://mesh.local/ns/x/../shop/sa/cart',
    'spiffe://mesh.local/ns/./shop/sa/cart',
    `${CART}/`,
    `${CART}?x`,
    `${CART}#x`,
    `${CART}\n`,
    `${CART}\u0000`,
    'spiffe://Mesh.local/ns/shop/sa/cart',
    'SPIFFE://mesh.local/ns/shop/sa/cart',
    'spiffe://u@mesh.local/ns/shop/sa/cart',
    'spiffe://mesh.local:80/ns/shop/sa/cart',
    'https://mesh.local/ns/shop/sa/cart',
  ].map((sub) =>
    attack(
      14,
      `sub ${JSON.stringify(sub)}`,
      claimed((good) => ({ sub, ...(good.iss === good.sub && { iss: sub }) })),
      except(...WITHOUT_SUB, 'end-user token'),
    ),
  ),
  attack(
    14,
    'sub with a line break',
    claimed(() => ({ sub: 'u\r\nX-Admin: 1' })),
    except(...WITHOUT_SUB),
  ),
];

/** What says whom a token is for. */
const audience = (change: (good: string) => unknown): Spoil =>
  claimed((good) => {
    const name = Object.hasOwn(good, 'htu') ? 'htu' : 'aud';
    return { [name]: change(String(good[name] ?? 'http://vault.shop.mesh')) };
  });

const audiences: TokenAttack[] = [
  ...(
    [
      ['superstring', (good) => `${good}.evil.example`],
      ['prefix', (good) => good.slice(0, -1)],
      ['with a slash', (good) => `${good}/`],
      ['in capitals', (good) => good.toUpperCase()],
      ['with a port', (good) => good.replace(/(?<=\w)(\/|$)(?!\/)/, ':81$1')],
      ['another', () => 'http://other.shop.mesh'],
      ['an object', (good) => ({ 0: good })],
      ['a list of lists', (good) => [[good]]],
      ['a number', () => 1],
      ['empty', () => ''],
      ['null', () => null],
    ] as const satisfies readonly (readonly [string, (good: string) => unknown])[]
  ).map(([name, change]) => attack(15, `audience ${name}`, audience(change))),
  attack(
    15,
    'audience missing',
    audience(() => undefined),
    except('WIT'),
  ),
  // Outside issuers may name several (RFC 7519 4.1.3).
  attack(
    15,
    'audience in a list of two',
    audience((good) => [good, 'http://other.shop.mesh']),
    except(...OUTSIDE),
  ),
  attack(
    15,
    'audience in a list',
    audience((good) => [good]),
    except(...OUTSIDE, 'JWT-SVID'),
  ),
];

const issuers: TokenAttack[] = (
  [
    ['with a slash', (good) => `${good}/`],
    ['in capitals', (good) => good.toUpperCase()],
    ['with a letter that looks the same', (good) => good.replace('o', 'о')],
    ['with a space', (good) => `${good} `],
    ['another', (good) => `${good}.evil.example`],
    ['missing', () => undefined],
    ['in a list', (good) => [good]],
    ['null', () => null],
  ] as const satisfies readonly (readonly [string, (good: string) => unknown])[]
).map(([name, change]) =>
  attack(
    16,
    `iss ${name}`,
    claimed(({ iss }) => ({ iss: change(String(iss)) })),
    except(...WITHOUT_ISS),
  ),
);

const domains: TokenAttack[] = [
  attack(
    18,
    'the key of one trust domain for a sub of another',
    claimed(({ sub, iss }) => ({ sub: foreign(String(sub)), iss: foreign(String(iss)) })),
    ['WIT', 'JWT-SVID', 'client assertion'],
  ),
  attack(
    18,
    'a sub of another trust domain under our iss',
    claimed(({ sub }) => ({ sub: foreign(String(sub)) })),
    ['WIT', 'JWT-SVID', 'client assertion'],
  ),
];

export const claimAttacks: readonly TokenAttack[] = [
  ...dates,
  ...times,
  ...subjects,
  ...audiences,
  ...issuers,
  ...domains,
];
