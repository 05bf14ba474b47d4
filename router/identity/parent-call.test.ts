import { expect, test } from 'vitest';
import { CALLER, FakeCaller, NO_REVOCATIONS, NOW, THEN, WEB } from './caller.fake.ts';
import { ParentCalls } from './parent-call.ts';
import { forgePair } from './token-forge.fake.ts';

const caller = await FakeCaller.create();
const { snapshot } = caller;
const read = async (text: string, callee: string | undefined = CALLER): Promise<unknown> =>
  new ParentCalls().read(text, callee, snapshot, NOW);

test('names the caller before, behind those before it', async () => {
  expect(await read(await caller.parentCall())).toEqual([WEB]);
  const via = [`${WEB}-0`, `${WEB}-1`];
  expect(await read(await caller.parentCall(caller.parentClaims({ via })))).toEqual([...via, WEB]);
});

test('one without a caller adds nobody', async () => {
  expect(await read(await caller.parentCall(caller.parentClaims({ sub: undefined, via: [WEB] })))).toEqual([WEB]);
});

test('the oldest are left out above eight', async () => {
  const via = Array.from({ length: 8 }, (_, i) => `${WEB}-${i}`);
  expect(await read(await caller.parentCall(caller.parentClaims({ via })))).toEqual([...via.slice(1), WEB]);
});

test('is verified once, and judged by revocations each time', async () => {
  const parents = new ParentCalls();
  const text = await caller.parentCall();
  const first = await parents.read(text, CALLER, snapshot, NOW);
  expect(parents.read(text, CALLER, snapshot, NOW)).toBe(first);
  for (const change of [{ ids: [WEB] }, { kids: ['hop-1'] }]) {
    const revocations = { ...NO_REVOCATIONS, ...change };
    expect(parents.read(text, CALLER, { ...snapshot, revocations }, NOW)).toMatchObject({ check: 'revoked' });
  }
  expect(await parents.read(text, WEB, snapshot, NOW)).toMatchObject({ check: 'wrong_parent' });
  expect(await parents.read(text, CALLER, snapshot, NOW + 35_000)).toMatchObject({ check: 'wrong_parent' });
});

test('a caller without identity has no parent', async () => {
  const judged = new ParentCalls().read(await caller.parentCall(), undefined, snapshot, NOW);
  expect(judged).toMatchObject({ reason: 'token_invalid', status: 400, check: 'wrong_parent' });
});

const stranger = await forgePair();
const header = { typ: 'mesh-call+jwt', alg: 'ES256', kid: 'hop-1' };
test.each([
  ['made for another service', () => caller.parentCall(caller.parentClaims({ aud: WEB }))],
  ['aud a list', () => caller.parentCall(caller.parentClaims({ aud: [CALLER] }))],
  ['expired', () => caller.parentCall(caller.parentClaims({ iat: THEN - 35, exp: THEN - 5 }))],
  ['too long a life', () => caller.parentCall(caller.parentClaims({ exp: THEN + 31 }))],
  ['from the future', () => caller.parentCall(caller.parentClaims({ iat: THEN + 6 }))],
  ['without via', () => caller.parentCall(caller.parentClaims({ via: undefined }))],
  ['via of nine', () => caller.parentCall(caller.parentClaims({ via: Array(9).fill(WEB) }))],
  ['via no SPIFFE IDs', () => caller.parentCall(caller.parentClaims({ via: ['spiffe://mesh.local/a/../b'] }))],
  ['via no texts', () => caller.parentCall(caller.parentClaims({ via: [1] }))],
  ['sub no SPIFFE ID', () => caller.parentCall(caller.parentClaims({ sub: 'shop/web' }))],
  ['signed by another', () => caller.parentCall(undefined, header, stranger.privateKey)],
  ['signed by the caller itself', () => caller.parentCall(undefined, header, caller.own.privateKey)],
  [
    'signed by a key of another class',
    () => caller.parentCall(undefined, { ...header, kid: 'wit-1' }, caller.issuer.privateKey),
  ],
  ['of another class', () => caller.wit()],
  ['with jku', () => caller.parentCall(undefined, { ...header, jku: 'http://x' })],
  ['padded', async () => `${await caller.parentCall()}=`],
  ['nothing', async () => ''],
])('refused: %s', async (_what, make) => {
  expect(await read(await make())).toMatchObject({ reason: 'token_invalid', status: 400, check: 'wrong_parent' });
});
