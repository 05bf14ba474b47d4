import { expect, test } from 'vitest';
import { IssuerKeys, REFRESH_EVERY } from './issuer-keys.ts';
import { MemoryShelf } from './memory-shelf.fake.ts';

const KEY = { kty: 'OKP', kid: 'k1', crv: 'Ed25519', x: 'A'.repeat(43) };
const SOURCE = { issuer: 'https://idp.example', jwksUri: 'https://idp.example/keys' };
const HOUR = 3_600_000;

/** An issuer whose answers the test sets, by URL. */
function setting(shelf = new MemoryShelf()) {
  const time = { now: 1_800_000_000_000 };
  const asked: string[] = [];
  const answers = new Map<string, string>([[SOURCE.jwksUri, JSON.stringify({ keys: [KEY] })]]);
  const keys = new IssuerKeys({
    clock: { now: () => time.now },
    log: () => undefined,
    shelf,
    rules: async () => ({ dev: false, allowed: [] }),
    outside: async (url) => {
      asked.push(url);
      const body = answers.get(url);
      return body === undefined ? { status: 503, body: '' } : { status: 200, body };
    },
  });
  return { time, asked, answers, keys, shelf };
}

test('keys are fetched once, and again after five minutes', async () => {
  const { time, asked, keys } = setting();
  expect(await keys.keys(SOURCE)).toEqual([KEY]);
  time.now += REFRESH_EVERY - 1;
  await keys.keys(SOURCE);
  expect(asked).toHaveLength(1);
  time.now += 1;
  await keys.keys(SOURCE);
  expect(asked).toHaveLength(2);
});

test('an issuer that fails keeps its keys for a day, and no longer', async () => {
  const { time, answers, keys } = setting();
  await keys.keys(SOURCE);
  answers.clear();
  time.now += 24 * HOUR;
  expect(await keys.keys(SOURCE)).toEqual([KEY]);
  time.now += 1;
  expect(await keys.keys(SOURCE)).toEqual([]);
});

test('one that never answered has no keys, and is asked again ever more rarely', async () => {
  const { time, answers, asked, keys } = setting();
  answers.clear();
  expect(await keys.keys(SOURCE)).toEqual([]);
  for (let second = 0; second < 60; second++) {
    time.now += 1000;
    await keys.keys(SOURCE);
  }
  expect(asked).toHaveLength(4);
});

test('a garbled answer counts as none', async () => {
  const { time, answers, keys } = setting();
  await keys.keys(SOURCE);
  answers.set(SOURCE.jwksUri, '{"keys":"gone"}');
  time.now += REFRESH_EVERY;
  expect(await keys.keys(SOURCE)).toEqual([KEY]);
});

test('many who ask at once make one fetch, also from two stores', async () => {
  const one = setting();
  const other = setting(one.shelf);
  await Promise.all([one.keys.keys(SOURCE), one.keys.keys(SOURCE), other.keys.keys(SOURCE)]);
  expect(one.asked.length + other.asked.length).toBe(1);
});

test('without a URL the issuer says where its keys are, and must name itself exactly', async () => {
  const { time, answers, asked, keys } = setting();
  const source = { issuer: 'https://idp.example' };
  const discovery = 'https://idp.example/.well-known/openid-configuration';
  answers.set(discovery, JSON.stringify({ issuer: 'https://idp.example/', jwks_uri: SOURCE.jwksUri }));
  expect(await keys.keys(source)).toEqual([]);
  expect(asked).toEqual([discovery]);
  answers.set(discovery, JSON.stringify({ issuer: source.issuer, jwks_uri: SOURCE.jwksUri }));
  time.now += REFRESH_EVERY;
  expect(await keys.keys(source)).toEqual([KEY]);
});
