import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '../../snapshot/strict-jws.ts';
import { Refusal } from '../exchange.ts';
import { AUDIENCE, CALLER, callAs, FakeCaller, NOW, newVerifier, THEN } from './caller.fake.ts';
import { bundleKey, bundleOf, encodePart, forge, forgePair } from './token-forge.fake.ts';
import { TrustKeys } from './trust-keys.ts';

const caller = await FakeCaller.create();
const other = await forgePair();
const { issuer, own, hop, snapshot } = caller;

async function judge(wit: string[], wpt: string[], authorization?: string): Promise<unknown> {
  return newVerifier().verify({ wit, wpt, authorization }, AUDIENCE, snapshot, NOW, callAs());
}

/** Goes with a proof that would be good if the token were. */
const judgeWit = async (wit: string): Promise<unknown> => judge([wit], [await caller.wpt(await caller.wptClaims(wit))]);

const judgeWpt = async (make: (wit: string) => Promise<string>): Promise<unknown> => {
  const wit = await caller.wit();
  return judge([wit], [await make(wit)]);
};

const withoutSignature = (header: object, claims: object): string => `${encodePart(header)}.${encodePart(claims)}.`;

async function hmac(header: object, claims: object, secret: string): Promise<string> {
  const bytes = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const text = `${encodePart(header)}.${encodePart(claims)}`;
  return `${text}.${encodeBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text))))}`;
}

const bytesOf = (number: bigint): Uint8Array =>
  Uint8Array.from(number.toString(16).padStart(64, '0').match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));

/** Replaces r and s. */
const withSignature = (token: string, r: Uint8Array, s: Uint8Array): string =>
  `${token.slice(0, token.lastIndexOf('.'))}.${encodeBase64Url(Uint8Array.of(...r, ...s))}`;

const withBoth = async (half: bigint): Promise<string> =>
  withSignature(await caller.wit(), bytesOf(half), bytesOf(half));
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

test('what the rows below spoil is good', async () => {
  expect(await judgeWit(await caller.wit())).toMatchObject({ principal: { id: CALLER } });
});

const witClaims = caller.witClaims.bind(caller);
const witHeader = caller.witHeader.bind(caller);
const claimsText = (changed: string): string => JSON.stringify(witClaims()).replace(/^\{/, `{${changed},`);

const wits: Record<string, () => string | Promise<string>> = {
  '1 alg none': () => withoutSignature(witHeader({ alg: 'none' }), witClaims()),
  '1 alg nOnE': () => withoutSignature(witHeader({ alg: 'nOnE' }), witClaims()),
  '1 empty signature': () => withoutSignature(witHeader(), witClaims()),
  '2 HS256 keyed with the public key': () => hmac(witHeader({ alg: 'HS256' }), witClaims(), JSON.stringify(issuer.jwk)),
  '3 alg of another key type': () => caller.wit(witClaims(), witHeader({ alg: 'ES384' })),
  '3 cnf.jwk.alg is another': () => caller.wit(witClaims({ cnf: { jwk: { ...own.jwk, alg: 'ES384' } } })),
  '3 cnf.jwk without alg': () => caller.wit(witClaims({ cnf: { jwk: own.jwk } })),
  '4 no kid': () => caller.wit(witClaims(), { typ: 'wit+jwt', alg: 'ES256' }),
  '5 kid is a path': () => caller.wit(witClaims(), witHeader({ kid: '../wit-1' })),
  '5 kid is SQL': () => caller.wit(witClaims(), witHeader({ kid: "wit-1' OR '1'='1" })),
  '5 kid of 10 kB': () => caller.wit(witClaims(), witHeader({ kid: 'k'.repeat(10_000) })),
  '5 kid is a number': () => caller.wit(witClaims(), witHeader({ kid: 1 })),
  '5 kid is __proto__': () => caller.wit(witClaims(), witHeader({ kid: '__proto__' })),
  '6 jku': () => caller.wit(witClaims(), witHeader({ jku: 'https://evil.example/keys' })),
  '6 x5u': () => caller.wit(witClaims(), witHeader({ x5u: 'https://evil.example/cert' })),
  '6 x5c': () => caller.wit(witClaims(), witHeader({ x5c: ['MII'] })),
  '6 jwk': () => caller.wit(witClaims(), witHeader({ jwk: other.jwk }), other.privateKey),
  '7 crit unknown': () => caller.wit(witClaims(), witHeader({ crit: ['x'], x: 1 })),
  '7 crit empty': () => caller.wit(witClaims(), witHeader({ crit: [] })),
  '7 b64 false': () => caller.wit(witClaims(), witHeader({ crit: ['b64'], b64: false })),
  '8 sub twice': () => caller.wit(claimsText('"sub":"spiffe://mesh.local/ns/a/sa/b"')),
  '8 alg twice': () => caller.wit(witClaims(), '{"alg":"none","typ":"wit+jwt","alg":"ES256","kid":"wit-1"}'),
  '9 __proto__ claim': () => caller.wit(claimsText('"__proto__":{"sub":"x"}')),
  '9 constructor claim': () => caller.wit(claimsText('"constructor":{}')),
  '10 padding': async () => `${await caller.wit()}=`,
  '10 space': async () => ` ${await caller.wit()}`,
  '10 line break': async () => `${await caller.wit()}\n`,
  '11 over 8 KiB': () => caller.wit(witClaims({ x: 'x'.repeat(9000) })),
  '11 payload over 4 KiB': () => caller.wit(witClaims({ x: 'x'.repeat(4000) })),
  '11 header over 1 KiB': () => caller.wit(witClaims(), witHeader({ x: 'x'.repeat(1000) })),
  '11 deep JSON': () => caller.wit(claimsText(`"x":${'['.repeat(17)}${']'.repeat(17)}`)),
  '12 exp 1e400': () => caller.wit(JSON.stringify(witClaims()).replace(`${THEN + 1800}`, '1e400')),
  '12 exp 1e10': () => caller.wit(JSON.stringify(witClaims()).replace(`${THEN + 1800}`, '1e10')),
  '12 exp float': () => caller.wit(JSON.stringify(witClaims()).replace(`${THEN + 1800}`, `${THEN + 1800}.0`)),
  '12 exp string': () => caller.wit(witClaims({ exp: `${THEN + 1800}` })),
  '12 exp negative': () => caller.wit(witClaims({ exp: -1 })),
  '12 exp in the year 9999': () => caller.wit(witClaims({ exp: 253402300799 })),
  '12 exp missing': () => caller.wit(witClaims({ exp: undefined })),
  '12 iat missing': () => caller.wit(witClaims({ iat: undefined })),
  '13 nbf as text': () => caller.wit(witClaims({ nbf: '0' })),
  '14 sub array': () => caller.wit(witClaims({ sub: [CALLER] })),
  '14 sub number': () => caller.wit(witClaims({ sub: 1 })),
  '14 sub empty': () => caller.wit(witClaims({ sub: '' })),
  '14 sub not SPIFFE': () => caller.wit(witClaims({ sub: 'cart' })),
  '14 sub with %70': () => caller.wit(witClaims({ sub: 'spiffe://mesh.local/ns/sho%70/sa/cart' })),
  '14 sub with //': () => caller.wit(witClaims({ sub: 'spiffe://mesh.local/ns//shop/sa/cart' })),
  '14 sub with ..': () => caller.wit(witClaims({ sub: 'spiffe://mesh.local/ns/x/../shop/sa/cart' })),
  '14 sub with a trailing slash': () => caller.wit(witClaims({ sub: `${CALLER}/` })),
  '14 sub with an upper-case trust domain': () => caller.wit(witClaims({ sub: 'spiffe://Mesh.local/ns/shop/sa/cart' })),
  '15 aud in an identity token': () => caller.wit(witClaims({ aud: AUDIENCE })),
  '16 iss of another spelling': () => caller.wit(witClaims({ iss: 'spiffe://Mesh.local' })),
  '16 iss with a slash': () => caller.wit(witClaims({ iss: 'spiffe://mesh.local/' })),
  '16 iss homoglyph': () => caller.wit(witClaims({ iss: 'spiffe://mesh.lоcal' })),
  '16 iss missing': () => caller.wit(witClaims({ iss: undefined })),
  '17 a Mesh-Call as identity token': () =>
    forge({ typ: 'mesh-call+jwt', alg: 'ES256', kid: 'hop-1' }, witClaims(), hop.privateKey),
  '17 typ wit+jwt by the hop key': () => caller.wit(witClaims(), witHeader({ kid: 'hop-1' }), hop.privateKey),
  '17 typ application/wit+jwt': () => caller.wit(witClaims(), witHeader({ typ: 'application/wit+jwt' })),
  '17 typ WIT+JWT': () => caller.wit(witClaims(), witHeader({ typ: 'WIT+JWT' })),
  '17 typ JWT': () => caller.wit(witClaims(), witHeader({ typ: 'JWT' })),
  '18 a key of this trust domain signs for another': () =>
    caller.wit(witClaims({ iss: 'spiffe://other.domain', sub: 'spiffe://other.domain/ns/shop/sa/cart' })),
  '18 a foreign key under a known kid': () => caller.wit(witClaims(), witHeader(), other.privateKey),
  '19 r = s = 0': () => withBoth(0n),
  '19 r = s = 1': () => withBoth(1n),
  '19 r = s = n - 1': () => withBoth(ORDER - 1n),
  '19 r = s = n': () => withBoth(ORDER),
  '21 the bound key is off the curve': () =>
    caller.wit(witClaims({ cnf: { jwk: { ...own.jwk, y: own.jwk.x, alg: 'ES256' } } })),
  '21 the private part in cnf': () =>
    caller.wit(witClaims({ cnf: { jwk: { ...own.jwk, alg: 'ES256', d: own.jwk.x } } })),
  '21 a symmetric bound key': () => caller.wit(witClaims({ cnf: { jwk: { kty: 'oct', k: 'AAAA', alg: 'HS256' } } })),
  'cnf names a URL': () => caller.wit(witClaims({ cnf: { jku: 'https://evil.example' } })),
  'cnf missing': () => caller.wit(witClaims({ cnf: undefined })),
  'uid missing': () => caller.wit(witClaims({ 'gossamer.mesh/uid': undefined })),
  '23 JWE': () => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA',
  '23 zip': () => caller.wit(witClaims(), witHeader({ zip: 'DEF' })),
  '23 PBES2': () => caller.wit(witClaims(), witHeader({ alg: 'PBES2-HS256+A128KW', p2c: 1e9 })),
  '26 byte order mark': () => caller.wit(`\uFEFF${JSON.stringify(witClaims())}`),
  '26 not a JWS at all': () => 'hello',
};

describe('identity tokens', () => {
  test.each(Object.entries(wits))('%s', async (_name, make) => {
    const result = await judgeWit(await make());
    expect(result).toBeInstanceOf(Refusal);
    expect(result).toMatchObject({ reason: 'token_invalid', status: 400 });
  });
});

type MakeProof = (wit: string) => Promise<string>;
const changed =
  (changes: object): MakeProof =>
  async (wit) =>
    caller.wpt(await caller.wptClaims(wit, changes));
const headed =
  (header: object, key?: CryptoKey): MakeProof =>
  async (wit) =>
    caller.wpt(await caller.wptClaims(wit), header, key);
const written =
  (change: (json: string) => string): MakeProof =>
  async (wit) =>
    caller.wpt(change(JSON.stringify(await caller.wptClaims(wit))));

const proofs: Record<string, MakeProof> = {
  '1 alg none': async (wit) => withoutSignature({ typ: 'wpt+jwt', alg: 'none' }, await caller.wptClaims(wit)),
  '2 HS256 keyed with the public key': async (wit) =>
    hmac({ typ: 'wpt+jwt', alg: 'HS256' }, await caller.wptClaims(wit), JSON.stringify(own.jwk)),
  '4 a kid, which no proof has': headed({ typ: 'wpt+jwt', alg: 'ES256', kid: 'wit-1' }),
  '6 its own key in the header': headed({ typ: 'wpt+jwt', alg: 'ES256', jwk: other.jwk }, other.privateKey),
  '7 crit': headed({ typ: 'wpt+jwt', alg: 'ES256', crit: [] }),
  '8 aud twice': written((json) => json.replace('{', '{"aud":"http://payments.shop.mesh",')),
  '9 __proto__ claim': written((json) => json.replace('{', '{"__proto__":{},')),
  '10 padding': async (wit) => `${await changed({})(wit)}==`,
  '12 exp float': written((json) => json.replace(`${THEN + 30}`, `${THEN + 30}.0`)),
  '12 exp string': changed({ exp: `${THEN + 30}` }),
  '12 exp missing': changed({ exp: undefined }),
  '12 jti missing': changed({ jti: undefined }),
  '12 jti empty': changed({ jti: '' }),
  '15 aud array': changed({ aud: [AUDIENCE] }),
  '15 aud superstring': changed({ aud: `${AUDIENCE}.evil.example` }),
  '15 aud prefix': changed({ aud: AUDIENCE.slice(0, -1) }),
  '15 aud with a port': changed({ aud: `${AUDIENCE}:80` }),
  '15 aud with a slash': changed({ aud: `${AUDIENCE}/` }),
  '15 aud in capitals': changed({ aud: AUDIENCE.toUpperCase() }),
  '15 aud missing': changed({ aud: undefined }),
  '17 an identity token as proof': async (wit) => wit,
  '17 typ wit+jwt': headed({ typ: 'wit+jwt', alg: 'ES256' }),
  '17 typ application/wpt+jwt': headed({ typ: 'application/wpt+jwt', alg: 'ES256' }),
  '24 signed with another key': headed({ typ: 'wpt+jwt', alg: 'ES256' }, other.privateKey),
  '24 signed by the issuer': headed({ typ: 'wpt+jwt', alg: 'ES256' }, issuer.privateKey),
  '24 wth of another token': changed({ wth: 'AAAA' }),
  '24 wth missing': changed({ wth: undefined }),
  '24 exp in an hour': changed({ exp: THEN + 3600 }),
  '24 oth': changed({ oth: { txn: 'x' } }),
  '24 tth': changed({ tth: 'x' }),
};

describe('proof tokens', () => {
  test.each(Object.entries(proofs))('%s', async (_name, make) => {
    expect(await judgeWpt(make)).toMatchObject({ reason: 'token_invalid', status: 400 });
  });

  test('unknown claims are ignored', async () => {
    expect(await judgeWpt(changed({ extra: 0.5 }))).toMatchObject({ principal: { id: CALLER } });
  });
});

test('24 an identity token alone, a proof alone, two of either', async () => {
  const wit = await caller.wit();
  const wpt = await caller.wpt(await caller.wptClaims(wit));
  const refused = [judge([wit], []), judge([], [wpt]), judge([wit, wit], [wpt]), judge([wit], [wpt, wpt])];
  for (const result of await Promise.all(refused)) expect(result).toMatchObject({ reason: 'token_invalid' });
});

test('24 two identity tokens joined by a comma', async () => {
  const wit = await caller.wit();
  const wpt = await caller.wpt(await caller.wptClaims(wit));
  expect(await judge([`${wit}, ${wit}`], [wpt])).toMatchObject({ reason: 'token_invalid' });
});

test('24 an identity token as bearer, alone or with everything else', async () => {
  const wit = await caller.wit();
  const wpt = await caller.wpt(await caller.wptClaims(wit));
  expect(await judge([], [], `Bearer ${wit}`)).toMatchObject({ reason: 'token_invalid' });
  expect(await judge([wit], [wpt], `bearer ${wit}`)).toMatchObject({ reason: 'token_invalid' });
});

test('22 two keys of one class with one kid are no trust bundle', async () => {
  const twice = bundleOf(bundleKey(issuer, 'k', 'wit-svid'), bundleKey(other, 'k', 'wit-svid'));
  await expect(TrustKeys.load(twice)).rejects.toThrow('one kid');
});

test('no refusal quotes a token', async () => {
  const wit = await caller.wit(caller.witClaims({ sub: 'sub-from-outside' }));
  const result = (await judgeWit(wit)) as Refusal;
  expect(result.detail).not.toContain('sub-from-outside');
  expect(result.detail).not.toContain(wit.slice(0, 20));
});

test('20 a copy with s replaced by n - s is the same proof, which may be sent again anyway', async () => {
  const result = await judgeWpt(async (wit) => {
    const proof = await changed({})(wit);
    const signature = decodeBase64Url(proof.slice(proof.lastIndexOf('.') + 1))!;
    const s = BigInt(`0x${Buffer.from(signature.slice(32)).toString('hex')}`);
    return withSignature(proof, signature.slice(0, 32), bytesOf(ORDER - s));
  });
  expect(result).toMatchObject({ principal: { id: CALLER } });
});

test('25 no token with one character changed is believed, or makes anything throw', async () => {
  const wit = await caller.wit();
  const wpt = await caller.wpt(await caller.wptClaims(wit));
  const character = fc.constantFrom(...'AZaz09-_=. +/\u0000é');
  const change = (text: string, at: number, to: string): string => text.slice(0, at) + to + text.slice(at + 1);
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.nat(), character, async (first, place, to) => {
      const text = first ? wit : wpt;
      const spoilt = change(text, place % text.length, to);
      fc.pre(spoilt !== text);
      const result = first ? await judge([spoilt], [wpt]) : await judge([wit], [spoilt]);
      expect(result).toMatchObject({ reason: 'token_invalid' });
    }),
    { numRuns: 300 },
  );
});
