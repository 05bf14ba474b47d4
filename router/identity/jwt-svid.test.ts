import { expect, test } from 'vitest';
import { AUDIENCE, CALLER, callAs, FakeCaller, NO_REVOCATIONS, NOW, newVerifier, THEN } from './caller.fake.ts';
import { workloadTokenIn } from './jwt-svid.ts';
import { bundleKey, bundleOf, encodePart, forgePair } from './token-forge.fake.ts';
import { TrustKeys } from './trust-keys.ts';

const caller = await FakeCaller.create();
const { snapshot } = caller;
const takesBearer = { service: { chunk: { authn: 'bearer' } } } as const;

const sent = (text: string) => ({ wit: [], wpt: [], authorization: `Bearer ${text}` });
const judge = async (text: string, verifier = newVerifier(), now = NOW): Promise<unknown> =>
  verifier.verify(sent(text), AUDIENCE, snapshot, now, callAs(takesBearer));

test('establishes who holds it', async () => {
  expect(await judge(await caller.svid())).toMatchObject({
    principal: { id: CALLER, strength: 'bearer' },
    kid: 'jwt-1',
  });
  expect(await judge(await caller.svid(caller.jwtClaims({ aud: [AUDIENCE] })))).toMatchObject({ uid: 'uid-1' });
});

test('is verified once, and judged by revocations each time', async () => {
  const verifier = newVerifier();
  const text = await caller.svid();
  const first = await judge(text, verifier);
  const warm = (revocations = NO_REVOCATIONS) =>
    verifier.verify(sent(text), AUDIENCE, { ...snapshot, revocations }, NOW, callAs(takesBearer));
  expect(warm()).toBe(first);
  for (const change of [
    { ids: [CALLER] },
    { kids: ['jwt-1'] },
    { workloads: ['uid-1'] },
    { issuedBefore: { [CALLER]: THEN } },
  ]) {
    expect(warm({ ...NO_REVOCATIONS, ...change })).toMatchObject({ status: 401, check: 'revoked' });
  }
  expect(await judge(text, verifier, NOW + 126_000)).toMatchObject({ status: 401, check: 'expired' });
});

const foreign = await forgePair();
const rows: [string, string, () => Promise<string>][] = [
  [
    '1 alg none',
    'malformed',
    async () => `${encodePart({ typ: 'JWT', alg: 'none', kid: 'jwt-1' })}.${encodePart(caller.jwtClaims())}.`,
  ],
  ['4 kid missing', 'malformed', () => caller.svid(caller.jwtClaims(), { typ: 'JWT', alg: 'ES256' })],
  ['5 kid unknown', 'untrusted_key', () => caller.svid(caller.jwtClaims(), { typ: 'JWT', alg: 'ES256', kid: 'x' })],
  [
    '6 jku',
    'malformed',
    () => caller.svid(caller.jwtClaims(), { typ: 'JWT', alg: 'ES256', kid: 'jwt-1', jku: 'http://x' }),
  ],
  [
    '7 crit',
    'malformed',
    () => caller.svid(caller.jwtClaims(), { typ: 'JWT', alg: 'ES256', kid: 'jwt-1', crit: ['a'] }),
  ],
  [
    '8 sub twice',
    'malformed',
    () => caller.svid(JSON.stringify(caller.jwtClaims()).replace('{', '{"sub":"spiffe://mesh.local/x",')),
  ],
  ['10 padded', 'malformed', async () => `${await caller.svid()}=`],
  [
    '12 exp a float',
    'malformed',
    () => caller.svid(JSON.stringify(caller.jwtClaims()).replace(`${THEN + 120}`, `${THEN + 120}.0`)),
  ],
  ['12 life of 121 s', 'not_yet_valid', () => caller.svid(caller.jwtClaims({ exp: THEN + 121 }))],
  ['12 expired', 'expired', () => caller.svid(caller.jwtClaims({ iat: THEN - 60, exp: THEN - 5 }))],
  ['13 iat 6 s ahead', 'not_yet_valid', () => caller.svid(caller.jwtClaims({ iat: THEN + 6 }))],
  ['14 sub no SPIFFE ID', 'malformed', () => caller.svid(caller.jwtClaims({ sub: 'spiffe://mesh.local/a/../b' }))],
  ['15 aud of two', 'wrong_audience', () => caller.svid(caller.jwtClaims({ aud: [AUDIENCE, 'http://b'] }))],
  ['15 aud longer', 'wrong_audience', () => caller.svid(caller.jwtClaims({ aud: `${AUDIENCE}x` }))],
  ['16 iss with a slash', 'none', () => caller.svid(caller.jwtClaims({ iss: 'spiffe://mesh.local/' }))],
  [
    '17 typ of a proof',
    'malformed',
    () => caller.svid(caller.jwtClaims(), { typ: 'wpt+jwt', alg: 'ES256', kid: 'jwt-1' }),
  ],
  ['17 a claim too many', 'malformed', () => caller.svid(caller.jwtClaims({ cnf: {} }))],
  [
    '17 key of another class',
    'untrusted_key',
    () => caller.svid(caller.jwtClaims(), { typ: 'JWT', alg: 'ES256', kid: 'wit-1' }, caller.issuer.privateKey),
  ],
  [
    '17 kid of its class, key of another',
    'wrong_signature',
    () => caller.svid(caller.jwtClaims(), undefined, caller.issuer.privateKey),
  ],
  [
    '18 sub of another domain',
    'untrusted_key',
    () => caller.svid(caller.jwtClaims({ sub: 'spiffe://other/ns/a/sa/b' })),
  ],
  ['19 other key', 'wrong_signature', () => caller.svid(caller.jwtClaims(), undefined, foreign.privateKey)],
];
test.each(rows)('attack %s: 401', async (_row, check, make) => {
  const refusal = await judge(await make());
  if (check === 'none') expect(refusal).toMatchObject({ reason: 'unauthenticated', status: 401 });
  else expect(refusal).toMatchObject({ reason: 'token_invalid', status: 401, check });
});

test('a service that asks for more does not look at it', async () => {
  const verifier = newVerifier();
  const refused = (authn: 'proof' | 'strict-proof') =>
    caller
      .svid()
      .then((text) => verifier.verify(sent(text), AUDIENCE, snapshot, NOW, callAs({ service: { chunk: { authn } } })));
  expect([await refused('proof'), await refused('strict-proof')]).toMatchObject([
    { status: 400, check: 'too_weak' },
    { status: 400, check: 'too_weak' },
  ]);
});

test('beside a proof it is one identity too many', async () => {
  const text = await caller.svid();
  const credentials = await caller.credentials({}, `Bearer ${text}`);
  const judged = await newVerifier().verify(credentials, AUDIENCE, snapshot, NOW, callAs(takesBearer));
  expect(judged).toMatchObject({ status: 400, check: 'sent_twice' });
});

test('nothing sent is answered with both ways to prove an identity', () => {
  const nothing = { wit: [], wpt: [], authorization: undefined };
  expect(newVerifier().verify(nothing, AUDIENCE, snapshot, NOW, callAs(takesBearer))).toMatchObject({
    reason: 'unauthenticated',
    challenge: 'Workload-Identity, Bearer realm="mesh"',
  });
});

test('a remembered one is good for no other service and no other bundle', async () => {
  const verifier = newVerifier();
  const text = await caller.svid();
  await judge(text, verifier);
  const elsewhere = await verifier.verify(sent(text), 'http://b.shop.mesh', snapshot, NOW, callAs(takesBearer));
  const trust = await TrustKeys.load(bundleOf(bundleKey(foreign, 'jwt-1', 'jwt-svid')));
  const distrusted = await verifier.verify(sent(text), AUDIENCE, { ...snapshot, trust }, NOW, callAs(takesBearer));
  expect([elsewhere, distrusted]).toMatchObject([{ check: 'wrong_audience' }, { check: 'wrong_signature' }]);
});

test('a workload’s token is recognised however it is written; an end user’s never is', async () => {
  const text = await caller.svid();
  for (const variant of [text, `${text}=`, text.replace('.', '=.'), `${text}.x`]) {
    expect(workloadTokenIn(variant, 'mesh.local')).toBe('jwt-svid');
  }
  expect(workloadTokenIn(await caller.wit(), 'mesh.local')).toBe('wit');
  const users = await caller.svid(caller.jwtClaims({ iss: 'https://login.example', aud: 'spiffe://mesh.local' }));
  for (const variant of [users, 'opaque', 'a.b.c', '', '..'])
    expect(workloadTokenIn(variant, 'mesh.local')).toBeUndefined();
});
