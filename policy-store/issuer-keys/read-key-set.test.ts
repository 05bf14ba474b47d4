import { expect, test } from 'vitest';
import { readKeySet } from './read-key-set.ts';

const bytes = (length: number, last = 1): string => {
  const list = new Uint8Array(length).fill(0xa5);
  list[length - 1] = last;
  return Buffer.from(list).toString('base64url');
};
const RSA = { kty: 'RSA', kid: 'r', n: bytes(256), e: 'AQAB' };
const EC = { kty: 'EC', kid: 'e', crv: 'P-256', x: bytes(32), y: bytes(32) };
const ED = { kty: 'OKP', kid: 'o', crv: 'Ed25519', x: bytes(32) };
const read = (...keys: object[]) => readKeySet(JSON.stringify({ keys }));

test('public keys of known types are kept, by the members that make them', () => {
  const noise = { use: 'sig', x5c: ['MII'], x5t: 'abc', x5u: 'https://evil.example', key_ops: ['verify'] };
  expect(read({ ...RSA, ...noise, alg: 'RS256' }, { ...EC, ...noise }, ED)).toEqual([{ ...RSA, alg: 'RS256' }, EC, ED]);
});

test.each([
  ['a symmetric key', { kty: 'oct', k: bytes(32) }],
  ['a private key', { ...EC, d: bytes(32) }],
  ['a private RSA key', { ...RSA, p: bytes(128) }],
  ['an encryption key', { ...RSA, use: 'enc' }],
  ['a signing-only key', { ...RSA, key_ops: ['sign'] }],
  ['RSA of 1024 bits', { ...RSA, n: bytes(128) }],
  ['RSA of 1024 bits with zeros in front', { ...RSA, n: `${'A'.repeat(172)}${bytes(128)}` }],
  ['RSA with e = 1', { ...RSA, e: 'AQ' }],
  ['RSA with an even e', { ...RSA, e: 'AQAC' }],
  ['a curve that is not known', { ...EC, crv: 'secp256k1' }],
  ['a coordinate of another length', { ...EC, x: bytes(31) }],
  ['an algorithm of another type', { ...RSA, alg: 'ES256' }],
  ['HS256', { ...RSA, alg: 'HS256' }],
  ['a kid that is a number', { ...RSA, kid: 7 }],
  ['no object', 'key'],
])('%s is left out', (_, key) => {
  expect(read(key as object, ED)).toEqual([ED]);
});

test('of two keys with one kid none is believed', () => {
  expect(read(RSA, { ...EC, kid: 'r' }, ED)).toEqual([ED]);
});

test.each([
  ['[]'],
  ['{"keys":{}}'],
  ['{"keys":[],"keys":[]}'],
  ['<html>'],
  [JSON.stringify({ keys: Array(33).fill(ED) })],
])('%.30s is no key set', (text) => {
  expect(() => readKeySet(text)).toThrow();
});
