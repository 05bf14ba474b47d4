import {
  base64url,
  derSigned,
  type Members,
  mirrored,
  ORDER,
  type Sketch,
  sign,
  signText,
  unsigned,
  withNumbers,
  withSignature,
} from './forge.ts';
import { CLASSES, type ClassName, except, type Loot, type Sent, type TokenAttack } from './token-class.ts';

type Spoil = TokenAttack['spoil'];

const attack = (row: number, name: string, classes: readonly ClassName[], spoil: Spoil): TokenAttack => ({
  row,
  name,
  classes,
  spoil,
});
const spoilt =
  (change: (token: string) => string): Spoil =>
  async (good) =>
    change(await sign(good));
const claimed =
  (changes: Members): Spoil =>
  (good) =>
    sign({ ...good, claims: { ...good.claims, ...changes } });
const headed = (good: Sketch, more: Members): Sketch => ({ ...good, header: { ...good.header, ...more } });
const flipped = (text: string): string => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase());

/** Classes that are signed by other keys than that one. */
const OF_OTHER_KEYS = {
  wit: except('WIT'),
  jwt: except('JWT-SVID'),
  hop: except('Mesh-Call', 'Mesh-Parent-Call'),
} as const;
/** A workload's identity token in Authorization is told so, with 400 even where a bearer token belongs. */
const AS_BEARER = { also: 400 } as const;
/** A field that must be single. */
const TWICE = { loosely: true } as const;
/** Tokens of these have no type of their own: `JWT`, in any case, or none. */
const UNTYPED = ['end-user token', 'subject token'] as const;
const TYPES = ['wit+jwt', 'wpt+jwt', 'mesh-call+jwt', 'client-authentication+jwt', 'dpop+jwt', 'logout+jwt', 'JWT'];

const crossed: TokenAttack[] = [
  ...CLASSES.map((other) => ({
    ...attack(17, `a good ${other}`, except(other), async (_good, { others }) => {
      const made = await others.get(other)?.sketch();
      return made === undefined ? 'absent' : sign(made);
    }),
    ...(other === 'WIT' && AS_BEARER),
  })),
  ...TYPES.map((typ) => ({
    ...attack(17, `typ ${typ}`, CLASSES, (good, { place }) => sign(headed(good, typed(typ, good, place.name)))),
    ...(typ === 'wit+jwt' && AS_BEARER),
  })),
  attack(17, 'typ with application/', CLASSES, (good) => sign(headed(good, { typ: `application/${good.header.typ}` }))),
  attack(17, 'typ in another case', except(...UNTYPED), (good) =>
    sign(headed(good, { typ: flipped(String(good.header.typ)) })),
  ),
  attack(17, 'no typ', except(...UNTYPED), (good) => sign(headed(good, { typ: undefined }))),
  ...(['wit', 'jwt', 'hop'] as const).map((name) =>
    attack(17, `signed by the ${name} key of the mesh, under its kid`, OF_OTHER_KEYS[name], (good, { keys }) => {
      const { kid, key } = keys[name];
      const named = Object.hasOwn(good.header, 'kid') ? { kid } : {};
      return sign({ ...headed(good, named), key });
    }),
  ),
];

/** Its own type is none to be refused: then one that nobody has. */
function typed(typ: string, { header }: Sketch, name: ClassName): Members {
  const own = header.typ === typ || (typ === 'JWT' && (name === 'end-user token' || name === 'subject token'));
  return { typ: own ? 'other+jwt' : typ };
}

const owners: TokenAttack[] = [
  attack(18, 'a stranger signs, under a known kid', CLASSES, (good, { stranger }) => sign({ ...good, key: stranger })),
  attack(18, 'a stranger signs, under a kid that nobody knows', CLASSES, (good, { stranger }) =>
    sign({ ...headed(good, { kid: 'unknown' }), key: stranger }),
  ),
  attack(18, 'another issuer signs, whose key has the same kid', UNTYPED, (good, { namesake }) =>
    sign({ ...good, key: namesake }),
  ),
];

const signatures: TokenAttack[] = [
  ...([0n, 1n, ORDER - 1n, ORDER] as const).flatMap((one) =>
    ([0n, 1n, ORDER - 1n, ORDER] as const).map((two) =>
      attack(
        19,
        `r ${one}, s ${two}`,
        CLASSES,
        spoilt((token) => withNumbers(token, one, two)),
      ),
    ),
  ),
  attack(19, 'DER', CLASSES, spoilt(derSigned)),
  attack(
    19,
    'a byte too few',
    CLASSES,
    spoilt((token) => token.slice(0, -2)),
  ),
  attack(
    19,
    'a byte too many',
    CLASSES,
    spoilt((token) => withSignature(token, Buffer.alloc(65, 1))),
  ),
  attack(19, 'a signature over something else', CLASSES, async (good) => {
    const other = await sign({ ...good, claims: { ...good.claims, jti: 'other' } });
    return unsigned(await sign(good)) + other.slice(other.lastIndexOf('.') + 1);
  }),
];

const SINGLE_USE = ['strict WPT', 'Mesh-Call', 'client assertion', 'DPoP proof'] as const;

/** Uses one up, then again as `change` makes it. */
const usedUp =
  (change: (token: string, good: Sketch) => Promise<string> | string): Spoil =>
  async (good, { place }) => {
    const text = await sign(good);
    const { passed } = await place.ask({ text });
    if (!passed) throw new Error('the first use must pass');
    return change(text, good);
  };

const replays: TokenAttack[] = [
  attack(
    20,
    'the same again',
    SINGLE_USE,
    usedUp((token) => token),
  ),
  attack(20, 'the same with s -> n - s', SINGLE_USE, usedUp(mirrored)),
  attack(
    20,
    'the same claims signed again',
    SINGLE_USE,
    usedUp((_token, good) => sign(good)),
  ),
];

const P256 = { kty: 'EC', crv: 'P-256' };

/** Keys that nobody may bind a token to, from a good one. */
const BAD_KEYS: readonly (readonly [string, (jwk: Members) => Members])[] = [
  ['off the curve', ({ x }) => ({ ...P256, x, y: x })],
  ['the point at infinity', () => ({ ...P256, x: 'A'.repeat(43), y: 'A'.repeat(43) })],
  ['a private one', ({ x, y }) => ({ ...P256, x, y, d: x })],
  ['a symmetric one', () => ({ kty: 'oct', k: 'AAAA' })],
  ['RSA with exponent 1', ({ x }) => ({ kty: 'RSA', n: String(x).repeat(8), e: 'AQ' })],
  ['RSA of 1024 bits', ({ x }) => ({ kty: 'RSA', n: String(x).repeat(4).slice(0, 171), e: 'AQAB' })],
  ['on another curve', ({ x, y }) => ({ ...P256, crv: 'P-384', x, y })],
];

const keys: TokenAttack[] = [
  ...BAD_KEYS.flatMap(([name, make]) => [
    attack(21, `bound to a key: ${name}`, ['WIT'], (good) =>
      claimed({ cnf: { jwk: { alg: 'ES256', ...make(good.key.jwk) } } })(good, {} as Loot),
    ),
    attack(21, `its own key: ${name}`, ['DPoP proof'], (good) => sign(headed(good, { jwk: make(good.key.jwk) }))),
  ]),
  attack(3, 'cnf.jwk.alg is another', ['WIT'], (good) =>
    claimed({ cnf: { jwk: { ...boundOf(good), alg: 'ES384' } } })(good, {} as Loot),
  ),
  attack(3, 'cnf.jwk.alg is missing', ['WIT'], (good) =>
    claimed({ cnf: { jwk: { ...boundOf(good), alg: undefined } } })(good, {} as Loot),
  ),
  attack(21, 'signed with a published RSA key of 1024 bits', UNTYPED, (good, { signWeakly }) =>
    signWeakly({ ...good.header, alg: 'RS256', kid: 'weak' }, good.claims),
  ),
  attack(22, 'a kid that stands for two published keys', UNTYPED, (good, { twin }) =>
    sign({ ...headed(good, { kid: 'twin' }), key: twin }),
  ),
];

const boundOf = ({ claims }: Sketch): Members => (claims.cnf as { readonly jwk: Members }).jwk;

const SENT_IN_A_FIELD = ['WIT', 'JWT-SVID', 'Mesh-Parent-Call', 'DPoP proof', 'end-user token', 'Mesh-Call'] as const;
const PROOFS = ['WPT', 'strict WPT'] as const;

const bindings: TokenAttack[] = [
  attack(24, 'wth of another token', PROOFS, claimed({ wth: 'A'.repeat(43) })),
  attack(24, 'no wth', PROOFS, claimed({ wth: undefined })),
  attack(24, 'oth of what is not there', PROOFS, claimed({ oth: { txn: 'A'.repeat(43) } })),
  attack(24, 'oth, empty', PROOFS, claimed({ oth: {} })),
  attack(24, 'tth of what is not there', PROOFS, claimed({ tth: 'A'.repeat(43) })),
  attack(24, 'ath of what is not there', PROOFS, claimed({ ath: 'A'.repeat(43) })),
  attack(24, 'exp in an hour', PROOFS, (good, { now }) => claimed({ exp: now + 3600 })(good, {} as Loot)),
  attack(24, 'no jti', PROOFS, claimed({ jti: undefined })),
  attack(24, 'aud is what Host says', PROOFS, async (good, loot): Promise<Sent> => {
    const text = (await claimed({ aud: 'http://evil.example' })(good, loot)) as string;
    return { text, host: 'evil.example' };
  }),
  { ...attack(24, 'two proofs', PROOFS, async (good) => ({ text: await sign(good), how: 'twice' })), ...TWICE },
  attack(24, 'without its identity token', PROOFS, async (good) => ({ text: await sign(good), how: 'alone' })),
  attack(24, 'without its proof', ['WIT'], async (good) => ({ text: await sign(good), how: 'alone' })),
  attack(24, 'as Bearer', ['WIT', ...PROOFS], async (good) => ({ text: await sign(good), how: 'as-bearer' })),
  {
    ...attack(24, 'in two fields', SENT_IN_A_FIELD, async (good) => ({ text: await sign(good), how: 'twice' })),
    ...TWICE,
  },
  attack(24, 'for another method', ['strict WPT', 'Mesh-Call'], async (good) => ({
    text: await sign(good),
    method: 'PUT',
  })),
  attack(24, 'for another query', ['strict WPT', 'Mesh-Call'], async (good) => ({
    text: await sign(good),
    query: 'x=2',
  })),
  attack(24, 'for another body', ['strict WPT', 'Mesh-Call'], async (good) => ({
    text: await sign(good),
    body: 'hullo',
  })),
  attack(24, 'half of what binds it to a request', ['strict WPT', 'Mesh-Call'], (good) =>
    claimed({ 'gossamer.mesh/bd': undefined, bd: undefined })(good, {} as Loot),
  ),
  attack(24, 'one that may be sent again, where each must be new', ['strict WPT', 'Mesh-Call'], (good) =>
    claimed({
      htm: undefined,
      'gossamer.mesh/q': undefined,
      'gossamer.mesh/bd': undefined,
      pth: undefined,
      bd: undefined,
    })(good, {} as Loot),
  ),
  attack(25, 'aud is the token endpoint', ['client assertion'], (good) =>
    sign({ ...good, claims: { ...good.claims, aud: `${good.claims.aud}/v1/token` } }),
  ),
  attack(25, 'aud is a list', ['client assertion'], (good) =>
    sign({ ...good, claims: { ...good.claims, aud: [good.claims.aud, `${good.claims.aud}/v1/token`] } }),
  ),
  attack(
    25,
    'jti used before, other claims',
    ['client assertion'],
    usedUp((_token, good) => sign({ ...good, claims: { ...good.claims, exp: Number(good.claims.exp) - 1 } })),
  ),
  attack(25, 'signed over other bytes', ['client assertion'], (good) =>
    signText(`${base64url(good.header)}.e30`, good.key),
  ),
];

export const keyAttacks: readonly TokenAttack[] = [
  ...crossed,
  ...owners,
  ...signatures,
  ...replays,
  ...keys,
  ...bindings,
];
