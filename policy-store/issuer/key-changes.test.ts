import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { beforeEach, expect, test } from 'vitest';
import { replaceKey, tendKeys } from './key-changes.ts';
import { keyPolicy, stateOf } from './key-schedule.ts';
import { MemoryKeys } from './memory-keys.fake.ts';
import type { KeyClass, KeyRecord } from './signing-key.ts';

const START = 1_800_000_000_000;
const DAY = 86_400_000;
const policy = keyPolicy(DAY);

let repo: MemoryKeys;
beforeEach(() => {
  repo = new MemoryKeys();
});

const tend = (now: number, acknowledged = true): ReturnType<typeof tendKeys> =>
  tendKeys(repo, { now, policy, acknowledged: () => acknowledged });
const states = (cls: KeyClass): string[] => repo.rows.filter((key) => key.class === cls).map(stateOf);
const only = (cls: KeyClass): KeyRecord => repo.rows.find((key) => key.class === cls) as KeyRecord;

test('every class gets a key of its own that signs, once', async () => {
  await tend(START);
  expect(await tend(START)).toEqual([]);
  expect(repo.rows.map((key) => [key.class, stateOf(key)])).toEqual(
    ['wit', 'jwt', 'hop', 'manifest'].map((cls) => [cls, 'active']),
  );
  expect(new Set(repo.rows.map(({ kid }) => kid)).size).toBe(4);
});

test('a key that no router was told of waits, even when all of them are up to date', async () => {
  await tend(START);
  await tend(START + 30 * DAY - 1_500_000);
  await repo.setDue(repo.rows.at(-1)?.kid ?? '', START);
  expect(await tend(START + 30 * DAY - 1_400_000)).toEqual([]);
  repo.tell(2);
  expect((await tend(START + 30 * DAY - 1_400_000)).map((action) => action.do)).toEqual(['activate', 'retire']);
});

test('a manifest key is endorsed by the one before it', async () => {
  await tend(START);
  await tend(START + 30 * DAY);
  const [first, second] = repo.rows.filter((key) => key.class === 'manifest');
  expect(first?.endorsement).toBeNull();
  const text = second?.endorsement ?? '';
  await compactVerify(text, await importJWK(first?.publicJwk as JWK, 'ES256'));
  expect(decodeProtectedHeader(text)).toEqual({ typ: 'gossamer-manifest-key+jwt', alg: 'ES256', kid: first?.kid });
  const { kty, crv, x, y } = second?.publicJwk ?? {};
  expect(decodeJwt(text)).toMatchObject({ kid: second?.kid, jwk: { kty, crv, x, y } });
});

test.each(['wit', 'jwt', 'hop', 'manifest'] as const)('a %s key that is replaced is gone at once', async (cls) => {
  await tend(START);
  const successor = await replaceKey(repo, only(cls), START + 1);
  expect(states(cls)).toEqual(['removed', 'active']);
  expect((await repo.active(cls))?.kid).toBe(successor);
  expect(await tend(START + 1)).toEqual([]);
});

test('the key that waits takes over from one that is replaced', async () => {
  await tend(START);
  await tend(START + 30 * DAY - 1_500_000);
  const successor = await replaceKey(repo, only('hop'), START + 30 * DAY - 1_400_000);
  expect(states('hop')).toEqual(['removed', 'active']);
  expect(successor).toBe(repo.rows.filter((key) => key.class === 'hop')[1]?.kid);
});
