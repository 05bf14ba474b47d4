import { expect, test } from 'vitest';
import { Refusal } from '../exchange.ts';
import { AUDIENCE, CALLER, callAs, FakeCaller, NO_REVOCATIONS, NOW, newVerifier, THEN } from './caller.fake.ts';
import type { ProvenIdentity } from './principal.ts';
import { bundleKey, bundleOf, forgePair } from './token-forge.fake.ts';
import { TrustKeys } from './trust-keys.ts';
import { hashText } from './wit.ts';

const caller = await FakeCaller.create();
const { snapshot } = caller;

test('establishes the caller', async () => {
  const result = await newVerifier().verify(await caller.credentials(), AUDIENCE, snapshot, NOW, callAs());
  expect((result as ProvenIdentity).principal).toMatchObject({
    id: CALLER,
    name: 'mesh.local/ns/shop/sa/cart',
    namespace: 'shop',
    serviceAccount: 'cart',
    strength: 'proof',
    expiresAt: NOW + 1_800_000,
  });
});

test('the same proof again is judged at once, without crypto', async () => {
  const verifier = newVerifier();
  const credentials = await caller.credentials();
  const first = await verifier.verify(credentials, AUDIENCE, snapshot, NOW, callAs());
  const crypto = globalThis.crypto;
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
  const again = verifier.verify(credentials, AUDIENCE, snapshot, NOW + 20_000, callAs());
  Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true });
  expect(again).toBe(first);
});

test.each([
  ['another service', 'http://payments.shop.mesh', NOW, undefined],
  ['a time after it has expired', AUDIENCE, NOW + 35_000, undefined],
  ['another bearer token', AUDIENCE, NOW, 'Bearer other'],
])('a remembered proof is good for nothing else: %s', async (_name, audience, now, authorization) => {
  const verifier = newVerifier();
  const credentials = await caller.credentials();
  await verifier.verify(credentials, AUDIENCE, snapshot, NOW, callAs());
  const result = await verifier.verify({ ...credentials, authorization }, audience, snapshot, now, callAs());
  expect(result).toMatchObject({ reason: 'token_invalid' });
});

test('a remembered proof does not serve another identity token', async () => {
  const verifier = newVerifier();
  const credentials = await caller.credentials();
  await verifier.verify(credentials, AUDIENCE, snapshot, NOW, callAs());
  const other = await caller.wit(caller.witClaims({ sub: 'spiffe://mesh.local/ns/shop/sa/admin' }));
  expect(await verifier.verify({ ...credentials, wit: [other] }, AUDIENCE, snapshot, NOW, callAs())).toBeInstanceOf(
    Refusal,
  );
});

test('a new trust bundle has everything judged again', async () => {
  const verifier = newVerifier();
  const credentials = await caller.credentials();
  await verifier.verify(credentials, AUDIENCE, snapshot, NOW, callAs());
  const trust = await TrustKeys.load(bundleOf(bundleKey(await forgePair(), 'wit-1', 'wit-svid')));
  const result = await verifier.verify(credentials, AUDIENCE, { ...snapshot, trust }, NOW, callAs());
  expect(result).toMatchObject({ reason: 'token_invalid' });
});

test('the cache is bounded, and what fell out of it is verified again', async () => {
  const verifier = newVerifier({ cacheSize: 1 });
  const [first, second] = [await caller.credentials({ jti: 'a' }), await caller.credentials({ jti: 'b' })];
  await verifier.verify(first, AUDIENCE, snapshot, NOW, callAs());
  await verifier.verify(second, AUDIENCE, snapshot, NOW, callAs());
  const again = verifier.verify(first, AUDIENCE, snapshot, NOW, callAs());
  expect(again).toBeInstanceOf(Promise);
  expect(await again).toMatchObject({ principal: { id: CALLER } });
});

const jkt = await hashText(JSON.stringify({ crv: 'P-256', kty: 'EC', x: caller.own.jwk.x, y: caller.own.jwk.y }));
test.each([
  ['ID', { ids: [CALLER] }],
  ['bound key', { jkts: [jkt] }],
  ['signing key', { kids: ['wit-1'] }],
  ['Workload', { workloads: ['uid-1'] }],
  ['moment of issue', { issuedBefore: { [CALLER]: THEN } }],
])('a revoked %s ends a remembered proof', async (_name, change) => {
  const verifier = newVerifier();
  const credentials = await caller.credentials();
  await verifier.verify(credentials, AUDIENCE, snapshot, NOW, callAs());
  const revocations = { ...NO_REVOCATIONS, ...change };
  expect(verifier.verify(credentials, AUDIENCE, { ...snapshot, revocations }, NOW, callAs())).toMatchObject({
    reason: 'token_invalid',
    detail: expect.stringMatching(/gone|revoked|revocation/),
  });
});

test('revocations of others change nothing', async () => {
  const revocations = {
    ids: [`${CALLER}t`],
    jkts: ['x'],
    kids: ['hop-1'],
    workloads: ['uid-2'],
    issuedBefore: { [CALLER]: THEN - 1 },
  };
  const result = await newVerifier().verify(
    await caller.credentials(),
    AUDIENCE,
    { ...snapshot, revocations },
    NOW,
    callAs(),
  );
  expect(result).toMatchObject({ principal: { id: CALLER } });
});

test('nothing sent is unauthenticated, whatever the end user brings', () => {
  const nothing = { wit: [], wpt: [], authorization: 'Bearer opaque' };
  const result = newVerifier().verify(nothing, AUDIENCE, snapshot, NOW, callAs());
  expect(result).toMatchObject({ reason: 'unauthenticated', status: 401 });
});

test('a bearer token that goes with a proof must be bound to it', async () => {
  const verify = async (ath: string | undefined, authorization: string | undefined) =>
    newVerifier().verify(await caller.credentials({ ath }, authorization), AUDIENCE, snapshot, NOW, callAs());
  const ath = await hashText('user-token');
  expect(await verify(ath, 'Bearer user-token')).toMatchObject({ principal: { id: CALLER } });
  expect(await verify(ath, 'bearer  user-token')).toMatchObject({ principal: { id: CALLER } });
  expect(await verify(undefined, 'Basic dXNlcg==')).toMatchObject({ principal: { id: CALLER } });
  expect(await verify(undefined, 'Bearer user-token')).toMatchObject({ detail: expect.stringContaining('no ath') });
  expect(await verify(ath, 'Bearer another')).toBeInstanceOf(Refusal);
  expect(await verify(ath, undefined)).toBeInstanceOf(Refusal);
});

/** Seconds from now. The verifier's clock and the token's differ by up to 5 s. */
const edges: [string, object, object, boolean][] = [
  ['proof expired 4 s ago', {}, { exp: THEN - 4 }, true],
  ['proof expired 5 s ago', {}, { exp: THEN - 5 }, false],
  ['proof expires in 90 s', {}, { exp: THEN + 90 }, true],
  ['proof expires in 91 s', {}, { exp: THEN + 91 }, false],
  ['proof iat 5 s ahead', {}, { iat: THEN + 5 }, true],
  ['proof iat 6 s ahead', {}, { iat: THEN + 6 }, false],
  ['token expired 4 s ago', { exp: THEN - 4 }, {}, true],
  ['token expired 5 s ago', { exp: THEN - 5 }, {}, false],
  ['token lives 4 h', { exp: THEN + 4 * 3600 }, {}, true],
  ['token lives 4 h and 6 s', { exp: THEN + 4 * 3600 + 6 }, {}, false],
  ['token iat 5 s ahead', { iat: THEN + 5 }, {}, true],
  ['token iat 6 s ahead', { iat: THEN + 6 }, {}, false],
  ['token nbf 5 s ahead', { nbf: THEN + 5 }, {}, true],
  ['token nbf 6 s ahead', { nbf: THEN + 6 }, {}, false],
];
test.each(edges)('boundary of time: %s', async (_name, witChange, wptChange, good) => {
  const wit = await caller.wit(caller.witClaims(witChange));
  const wpt = await caller.wpt(await caller.wptClaims(wit, wptChange));
  const credentials = { wit: [wit], wpt: [wpt], authorization: undefined };
  const result = await newVerifier().verify(credentials, AUDIENCE, snapshot, NOW, callAs());
  expect((result as ProvenIdentity).principal?.id === CALLER).toBe(good);
});

test.each([
  ['a token without its proof', 'proof_missing', async () => ({ ...(await caller.credentials()), wpt: [] })],
  ['a proof without its token', 'identity_missing', async () => ({ ...(await caller.credentials()), wit: [] })],
])('says to programs which check failed: %s', async (_name, check, credentials) => {
  const refusal = await newVerifier().verify(await credentials(), AUDIENCE, snapshot, NOW, callAs());
  expect(refusal).toMatchObject({ reason: 'token_invalid', check });
});

test('tells a proof for another service from one that has expired', async () => {
  const credentials = await caller.credentials();
  const verifier = newVerifier();
  const elsewhere = await verifier.verify(credentials, 'http://payments.shop.mesh', snapshot, NOW, callAs());
  const late = await verifier.verify(credentials, AUDIENCE, snapshot, NOW + 60_000, callAs());
  expect([elsewhere, late]).toMatchObject([{ check: 'wrong_audience' }, { check: 'expired' }]);
});
