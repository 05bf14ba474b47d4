import { expect, test } from 'vitest';
import { endorsedKey } from './manifest-keys.ts';
import { type ForgedPair, forge, forgePair } from './token-forge.fake.ts';

const [a, b, c, evil] = [await forgePair(), await forgePair(), await forgePair(), await forgePair()];
const named = (pair: ForgedPair, kid: string): JsonWebKey => ({ ...pair.jwk, kid }) as JsonWebKey;
const pinned = [named(a, 'a')];

const says = (by: ForgedPair, byKid: string, next: ForgedPair, kid: string, more: object = {}): Promise<string> =>
  forge(
    { typ: 'gossamer-manifest-key+jwt', alg: 'ES256', kid: byKid, ...more },
    { kid, jwk: next.jwk, iat: 1 },
    by.privateKey,
  );
const chain = [await says(a, 'a', b, 'b'), await says(b, 'b', c, 'c')];

test('follows the chain from a pinned key to the newest', async () => {
  expect(await endorsedKey('c', pinned, chain, [])).toEqual(named(c, 'c'));
  expect(await endorsedKey('c', [named(b, 'b')], chain, [])).toEqual(named(c, 'c'));
});

test.each<[string, () => Promise<string[]>, string[]?]>([
  ['a link is missing', async () => chain.slice(1)],
  ['a link is revoked', async () => chain, ['b']],
  ['the wanted key is revoked', async () => chain, ['c']],
  ['another key signed under a trusted kid', async () => [await says(evil, 'a', c, 'c')]],
  ['a key vouches for itself', async () => [await says(c, 'c', c, 'c')]],
  ['it is of another class of token', async () => [await says(a, 'a', c, 'c', { typ: 'gossamer-manifest+jwt' })]],
  ['its header holds more', async () => [await says(a, 'a', c, 'c', { jwk: a.jwk })]],
  ['it is no JWS', async () => ['hello', '', 'a.b.c']],
])('leads nowhere when %s', async (_name, make, revoked = []) => {
  expect(await endorsedKey('c', pinned, await make(), revoked)).toBeUndefined();
});

test('one that is broken does not hide the others', async () => {
  expect(await endorsedKey('c', pinned, ['hello', ...chain], [])).toEqual(named(c, 'c'));
});
