import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64Url, encodeBase64Url, JwsRejected, readStrictJws } from './strict-jws.ts';

const part = (value: unknown) => encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
const header = part({ typ: 't+jwt', alg: 'ES256', kid: 'k' });
const payload = part({ sub: 'a' });
const signature = encodeBase64Url(new Uint8Array(64));
const read = (text: string) => readStrictJws(text, 't+jwt', ['kid']);

test('reads header, payload, signature and what is signed', () => {
  const jws = read(`${header}.${payload}.${signature}`);
  expect(jws.header.kid).toBe('k');
  expect(jws.payload).toEqual({ sub: 'a' });
  expect(jws.signed).toBe(`${header}.${payload}`);
});

test('base64url: every value has one text', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(Uint8Array.from(bytes));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'AQgwxy-_8='), maxLength: 8 }), (text) => {
      const bytes = decodeBase64Url(text);
      if (bytes !== undefined) expect(encodeBase64Url(bytes)).toBe(text);
    }),
  );
});

const withHeader = (value: unknown) => `${part(value)}.${payload}.${signature}`;
const refused = {
  'two parts': `${header}.${payload}`,
  'five parts (JWE)': `${header}.a.b.c.d`,
  'an empty signature': `${header}.${payload}.`,
  'a DER signature': `${header}.${payload}.${encodeBase64Url(new Uint8Array(70))}`,
  padding: `${header}.${payload}.${signature}==`,
  'a space': `${header}.${payload} .${signature}`,
  'a line break at the end': `${header}.${payload}.${signature}\n`,
  'the other base64 alphabet': `${header}.${payload}.${signature.slice(0, -2)}+/`,
  'a last character with stray bits': `${header}.${payload}.${signature.slice(0, -1)}B`,
  'text over 8 KiB': `${header}.${part({ a: 'x'.repeat(8000) })}.${signature}`,
  'a payload over 4 KiB': `${header}.${part({ a: 'x'.repeat(4100) })}.${signature}`,
  'a header over 1 KiB': withHeader({ typ: 't+jwt', alg: 'ES256', kid: 'k'.repeat(1100) }),
  'nested JSON': `${header}.${encodeBase64Url(new TextEncoder().encode(`{"a":${'['.repeat(20)}${']'.repeat(20)}}`))}.${signature}`,
  'bytes that are not UTF-8': `${header}.${encodeBase64Url(Uint8Array.of(0x7b, 0xff, 0x7d))}.${signature}`,
  'a byte order mark': `${header}.${encodeBase64Url(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d))}.${signature}`,
  'another typ': withHeader({ typ: 'application/t+jwt', alg: 'ES256', kid: 'k' }),
  'typ in capitals': withHeader({ typ: 'T+JWT', alg: 'ES256', kid: 'k' }),
  'alg none': withHeader({ typ: 't+jwt', alg: 'none', kid: 'k' }),
  'alg HS256': withHeader({ typ: 't+jwt', alg: 'HS256', kid: 'k' }),
  'no kid': withHeader({ typ: 't+jwt', alg: 'ES256' }),
  'a number as kid': withHeader({ typ: 't+jwt', alg: 'ES256', kid: 1 }),
  'a path as kid': withHeader({ typ: 't+jwt', alg: 'ES256', kid: '../../etc/passwd' }),
  'SQL as kid': withHeader({ typ: 't+jwt', alg: 'ES256', kid: "' OR 1=1 --" }),
  'a jwk beside it': withHeader({ typ: 't+jwt', alg: 'ES256', kid: 'k', jwk: {} }),
  'crit beside it': withHeader({ typ: 't+jwt', alg: 'ES256', kid: 'k', crit: [] }),
  'alg twice': `${encodeBase64Url(new TextEncoder().encode('{"typ":"t+jwt","alg":"ES256","alg":"none","kid":"k"}'))}.${payload}.${signature}`,
};
test.each(Object.entries(refused))('refuses %s', (_name, text) => {
  expect(() => read(text)).toThrow(JwsRejected);
});
