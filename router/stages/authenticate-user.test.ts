import { beforeAll, describe, expect, test } from 'vitest';
import type { UserRule } from '../../snapshot/user-rule.ts';
import { compilePolicies } from '../authorization/compile.ts';
import { Refusal } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { FakeLogin, ISSUER, ruleOf } from '../identity/user-forge.fake.ts';
import { UserVerifier } from '../identity/user-verifier.ts';
import { serviceAt } from '../routing/mesh.fake.ts';
import { authenticateUser } from './authenticate-user.ts';

const NOW = 1_800_000_000_000;
const CLAIMS = { iss: ISSUER, sub: 'alice', exp: NOW / 1000 + 300, tier: 2, deep: { role: 'admin' } };
const parts = { users: new UserVerifier() };

let login: FakeLogin;
let token: string;

beforeAll(async () => {
  login = await FakeLogin.create();
  token = await login.token(CLAIMS);
});

type Given = { rules?: UserRule[]; headers?: [string, string][]; query?: string; gateway?: UserRule[] };

/** What the stage says, and what is left of headers and query. */
async function asked({ rules = [ruleOf()], headers = [], query, gateway }: Given) {
  const list = HeaderList.from(headers);
  const result = await authenticateUser({
    headers: list,
    query,
    now: NOW,
    service: serviceAt('shop/orders', { users: rules }),
    widerPolicies: [undefined, undefined],
    ...(gateway && { gatewayPolicies: compilePolicies([], gateway) }),
    snapshot: { keySet: () => login.keyring },
    parts,
  });
  const said =
    result instanceof Refusal
      ? `${result.status} ${result.check}`
      : result && 'endUser' in result
        ? (result.endUser?.principal ?? 'nobody')
        : 'nothing';
  const left = result && 'query' in result ? result.query : query;
  return { said, headers: Object.fromEntries(list), query: left };
}

const bearer = (): [string, string] => ['authorization', `Bearer ${token}`];

test('no token, and no rule: nobody', async () => {
  expect((await asked({})).said).toBe('nobody');
  expect((await asked({ rules: [], headers: [bearer()] })).said).toBe('nobody');
  expect((await asked({ headers: [['authorization', 'Basic YTpi']] })).said).toBe('nobody');
});

test('a token that is no token is refused, never taken for none', async () => {
  expect((await asked({ headers: [['authorization', 'Bearer opaque']] })).said).toBe('401 malformed');
  expect((await asked({ query: 'access_token=x' })).said).toBe('401 malformed');
});

test.each<[string, Partial<UserRule>, () => Given]>([
  [
    'a header with prefix',
    { headers: [{ name: 'x-jwt', prefix: 'JWT ' }] },
    () => ({ headers: [['x-jwt', `JWT ${token}`]] }),
  ],
  ['a parameter', { params: ['t'] }, () => ({ query: `a=1&t=${token}` })],
  ['a cookie', { cookies: ['sid'] }, () => ({ headers: [['cookie', `a=1; sid=${token}`]] })],
  ['the usual header', {}, () => ({ headers: [bearer()] })],
])('a token in %s', async (_, over, given) => {
  expect((await asked({ rules: [ruleOf(over)], ...given() })).said).toBe(`${ISSUER}/alice`);
  const { said, headers, query } = await asked({ rules: [ruleOf({ ...over, strip: true })], ...given() });
  expect(said).toBe(`${ISSUER}/alice`);
  expect(JSON.stringify([headers, query])).not.toContain(token);
});

test('two different tokens are refused; the same one twice is one', async () => {
  const another = await login.token({ ...CLAIMS, sub: 'bob' });
  expect((await asked({ headers: [bearer()], query: `access_token=${another}` })).said).toBe('401 sent_twice');
  expect((await asked({ headers: [bearer()], query: `access_token=${token}` })).said).toBe(`${ISSUER}/alice`);
});

test('a place that only another rule looks at is none for an issuer', async () => {
  const rules = [
    ruleOf({ headers: [{ name: 'x-jwt', prefix: '' }], params: [] }),
    ruleOf({ issuer: 'https://b.example' }),
  ];
  expect((await asked({ rules, headers: [bearer()] })).said).toBe('401 untrusted_issuer');
});

describe('claims to headers', () => {
  const rules = [
    ruleOf({
      payloadHeader: 'x-payload',
      claimHeaders: [
        { header: 'x-user', claim: 'sub' },
        { header: 'x-tier', claim: 'tier' },
        { header: 'x-role', claim: 'deep.role' },
        { header: 'x-deep', claim: 'deep' },
      ],
    }),
  ];
  test('they replace what the caller wrote', async () => {
    const { headers } = await asked({ rules, headers: [bearer(), ['x-user', 'root'], ['x-deep', 'forged']] });
    expect(headers).toEqual({
      ...Object.fromEntries([bearer()]),
      'x-payload': token.split('.')[1],
      'x-user': 'alice',
      'x-tier': '2',
      'x-role': 'admin',
    });
  });
  test('without a token the caller’s copy is taken off all the same', async () => {
    expect(
      (
        await asked({
          rules,
          headers: [
            ['x-user', 'root'],
            ['x-payload', 'e30'],
          ],
        })
      ).headers,
    ).toEqual({});
  });
  test.each([['a\r\nx-admin: 1'], ['a\u0000'], ['käse']])('a claim %j is refused', async (tier) => {
    const headers: [string, string][] = [['authorization', `Bearer ${await login.token({ ...CLAIMS, tier })}`]];
    expect((await asked({ rules, headers })).said).toBe('401 malformed');
  });
});

test('a broken rule lets nobody through, and so does one that this router does not know', async () => {
  expect((await asked({ rules: [ruleOf({ invalid: 'it is broken' })] })).said).toBe('403 undefined');
  const newer = { ...ruleOf(), maxAge: 5 } as UserRule;
  expect((await asked({ gateway: [newer] })).said).toBe('403 undefined');
});
