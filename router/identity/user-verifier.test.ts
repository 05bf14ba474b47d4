import { beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '../exchange.ts';
import { FakeLogin, ISSUER, ruleOf } from './user-forge.fake.ts';
import { UserVerifier, type VerifiedUser } from './user-verifier.ts';

const NOW = 1_800_000_000_000;
const THEN = NOW / 1000;
const CLAIMS = { iss: ISSUER, sub: 'alice', aud: 'shop', exp: THEN + 300, iat: THEN };
const RULE = ruleOf({ audiences: ['shop', 'other'] });

let login: FakeLogin;
let other: FakeLogin;

beforeAll(async () => {
  [login, other] = await Promise.all([FakeLogin.create(), FakeLogin.create()]);
});

interface Given {
  verifier?: UserVerifier;
  now?: number;
  scopes?: (typeof RULE)[][];
  keyring?: FakeLogin['keyring'] | undefined;
}

function verify(text: string, given: Given = {}) {
  const { verifier = new UserVerifier(), now = NOW, scopes = [[], [RULE]] } = given;
  const keyring = 'keyring' in given ? given.keyring : login.keyring;
  const found = { text, places: ['header authorization'] as const };
  return verifier.verify(found, scopes, { keySet: () => keyring }, now);
}

const wordOn = (result: VerifiedUser | Refusal): string =>
  result instanceof Refusal ? `${result.status} ${result.reason} ${result.check}` : result.user.principal;

test('a token of the issuer is an end user', async () => {
  const text = await login.token({ ...CLAIMS, azp: 'web', scope: 'read write', groups: ['staff'] });
  const { user } = (await verify(text)) as VerifiedUser;
  expect(user).toMatchObject({ issuer: ISSUER, subject: 'alice', audiences: ['shop'], presenter: 'web' });
  expect(user.claims).toMatchObject({ scope: ['read', 'write'], groups: ['staff'] });
});

test.each([['RS256'], ['PS384'], ['ES512'], ['EdDSA']])('%s', async (alg) => {
  const signer = await FakeLogin.create(alg);
  expect(wordOn(await verify(await signer.token(CLAIMS), { keyring: signer.keyring }))).toBe(`${ISSUER}/alice`);
});

test('the second time costs no promise; another set of keys does', async () => {
  const verifier = new UserVerifier();
  const text = await login.token(CLAIMS);
  await verify(text, { verifier });
  expect(verify(text, { verifier })).not.toBeInstanceOf(Promise);
  expect(wordOn(await verify(text, { verifier, keyring: other.keyring }))).toBe('401 token_invalid wrong_signature');
  expect(wordOn(await verify(text, { verifier, now: NOW + 330_000 }))).toBe('401 token_invalid expired');
});

describe('refused', () => {
  const REFUSED = '401 token_invalid';
  test.each<[string, object | string, object | string, string]>([
    ['alg none', CLAIMS, { alg: 'none' }, 'malformed'],
    ['alg nOnE', CLAIMS, { alg: 'nOnE' }, 'malformed'],
    ['HS256', CLAIMS, { alg: 'HS256' }, 'malformed'],
    ['alg of another type of key', CLAIMS, { alg: 'RS256' }, 'untrusted_key'],
    ['alg of another curve', CLAIMS, { alg: 'ES384' }, 'untrusted_key'],
    ['kid unknown', CLAIMS, { kid: 'k2' }, 'untrusted_key'],
    ['kid a path', CLAIMS, { kid: '../../dev/null' }, 'untrusted_key'],
    ['kid __proto__', CLAIMS, { kid: '__proto__' }, 'untrusted_key'],
    ['kid a number', CLAIMS, { kid: 1 }, 'malformed'],
    ['kid too long', CLAIMS, { kid: 'k'.repeat(300) }, 'malformed'],
    ['jku', CLAIMS, { jku: 'https://evil.example/keys' }, 'malformed'],
    ['x5u', CLAIMS, { x5u: 'https://evil.example/cert' }, 'malformed'],
    ['jwk', CLAIMS, { jwk: { kty: 'EC' } }, 'malformed'],
    ['crit', CLAIMS, { crit: ['exp'] }, 'malformed'],
    ['b64', CLAIMS, { b64: false }, 'malformed'],
    ['alg twice', CLAIMS, '{"alg":"none","alg":"ES256","kid":"k1"}', 'malformed'],
    ['sub twice', `{"iss":"${ISSUER}","sub":"a","sub":"b","exp":${THEN + 9}}`, {}, 'malformed'],
    ['__proto__', `{"iss":"${ISSUER}","sub":"a","exp":${THEN + 9},"__proto__":{}}`, {}, 'malformed'],
    ['exp missing', { ...CLAIMS, exp: undefined }, {}, 'malformed'],
    ['exp a text', { ...CLAIMS, exp: `${THEN + 9}` }, {}, 'malformed'],
    ['exp 1e400', `{"iss":"${ISSUER}","sub":"a","exp":1e400}`, {}, 'malformed'],
    ['exp a fraction', { ...CLAIMS, exp: THEN + 0.5 }, {}, 'malformed'],
    ['exp in 9999', { ...CLAIMS, exp: 253402300799 }, {}, 'not_yet_valid'],
    ['exp past', { ...CLAIMS, exp: THEN - 30 }, {}, 'expired'],
    ['nbf ahead', { ...CLAIMS, nbf: THEN + 31 }, {}, 'not_yet_valid'],
    ['iat ahead', { ...CLAIMS, iat: THEN + 31 }, {}, 'not_yet_valid'],
    ['sub missing', { ...CLAIMS, sub: undefined }, {}, 'malformed'],
    ['sub with a line break', { ...CLAIMS, sub: 'a\nb' }, {}, 'malformed'],
    ['iss with a slash more', { ...CLAIMS, iss: `${ISSUER}/` }, {}, 'untrusted_issuer'],
    ['iss in other case', { ...CLAIMS, iss: ISSUER.toUpperCase() }, {}, 'untrusted_issuer'],
    ['aud of another', { ...CLAIMS, aud: 'shops' }, {}, 'wrong_audience'],
    ['aud missing', { ...CLAIMS, aud: undefined }, {}, 'wrong_audience'],
    ['aud an object', { ...CLAIMS, aud: { shop: 1 } }, {}, 'malformed'],
    ['typ wit+jwt', CLAIMS, { typ: 'wit+jwt' }, 'malformed'],
    ['typ wpt+jwt', CLAIMS, { typ: 'wpt+jwt' }, 'malformed'],
    ['typ mesh-call+jwt', CLAIMS, { typ: 'mesh-call+jwt' }, 'malformed'],
    ['typ a number', CLAIMS, { typ: 1 }, 'malformed'],
    ['too long', { ...CLAIMS, pad: 'x'.repeat(9000) }, {}, 'malformed'],
  ])('%s', async (_, claims, header, check) => {
    expect(wordOn(await verify(await login.token(claims, header)))).toBe(`${REFUSED} ${check}`);
  });

  test.each([
    ['padding', (text: string) => `${text}=`],
    [
      'bits that nobody reads',
      (text: string) => `${text.slice(0, -1)}${{ A: 'B', Q: 'R', g: 'h', w: 'x' }[text.at(-1) as 'A']}`,
    ],
    ['a space', (text: string) => ` ${text}`],
    ['five parts', (text: string) => `${text}.a.b`],
    ['no signature', (text: string) => text.replace(/[^.]+$/, '')],
  ])('spelled with %s', async (_, spoil) => {
    expect(wordOn(await verify(spoil(await login.token(CLAIMS))))).toBe(`${REFUSED} malformed`);
  });

  test('another claim under the same signature', async () => {
    const [head, , signature] = (await login.token(CLAIMS)).split('.');
    const [, payload] = (await login.token({ ...CLAIMS, sub: 'root' })).split('.');
    expect(wordOn(await verify(`${head}.${payload}.${signature}`))).toBe(`${REFUSED} wrong_signature`);
  });

  test('an issuer that never gave keys, or whose keys are not there', async () => {
    const text = await login.token(CLAIMS);
    expect(wordOn(await verify(text, { keyring: undefined }))).toBe(`${REFUSED} untrusted_key`);
  });

  test('what the Gateway accepts and the service does not', async () => {
    const scopes = [[RULE], [ruleOf({ issuer: 'https://staff.example' })]];
    expect(wordOn(await verify(await login.token(CLAIMS), { scopes }))).toBe(`${REFUSED} untrusted_issuer`);
  });
});

test('certificates beside the key are left aside', async () => {
  expect(wordOn(await verify(await login.token(CLAIMS, { x5c: ['MII'], x5t: 'abc' })))).toBe(`${ISSUER}/alice`);
});

test('clocks may differ by 30 seconds', async () => {
  expect(wordOn(await verify(await login.token({ ...CLAIMS, exp: THEN - 29, nbf: THEN + 30 })))).toBe(
    `${ISSUER}/alice`,
  );
});

test('a token without kid fits a key of its type', async () => {
  expect(wordOn(await verify(await login.token(CLAIMS, { kid: undefined })))).toBe(`${ISSUER}/alice`);
});
