import { expect, test } from 'vitest';
import { parseRange } from '../../resources/schema/ip-range.ts';
import { hostProblem, parseEndpointUrl } from './endpoint-address.ts';

const strict = { dev: false, allowed: [] };
const dev = { dev: true, allowed: [] };

test.each([
  ...['169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255', '100.100.100.200', '192.0.0.192'],
  ...['::', 'fe80::1', 'ff02::1', '::ffff:7f00:1', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::', 'fd00:ec2::254'],
  ...['0x7f.1', '2130706433', '127.1', '0177.0.0.1', '010.0.0.1', '1.2.3', '127.0.0.1.', '0x7f000001', '1.2.3.4.5'],
  ...[
    'metadata.google.internal',
    'METADATA',
    '',
    'a b',
    'a..b',
    '-a.com',
    'ex%61mple.com',
    'exämple.com',
    'a'.repeat(64),
  ],
])('%s is refused even in dev mode', (host) => {
  expect(hostProblem(host, dev)).toBeTypeOf('string');
});

test.each([
  ...['127.0.0.1', '127.9.9.9', '::1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', 'fd12::1'],
  ...['localhost', 'app.localhost', 'LOCALHOST.'],
])('%s is for dev mode only', (host) => {
  expect(hostProblem(host, dev)).toBeUndefined();
  expect(hostProblem(host, strict)).toMatch(/allowedEndpointRanges/);
});

test.each([
  'example.com',
  'orders',
  'a_b.example.com',
  '203.0.113.7',
  '2001:db8::7',
  'xn--exmple-cua.com',
  '1password.com',
])('%s is allowed', (host) => {
  expect(hostProblem(host, strict)).toBeUndefined();
});

test('an allowed range opens private addresses, but never the metadata service', () => {
  const allowed = ['10.1.0.0/16', '169.254.0.0/16', '127.0.0.0/8'].flatMap((text) => parseRange(text) ?? []);
  expect(hostProblem('10.1.2.3', { dev: false, allowed })).toBeUndefined();
  expect(hostProblem('localhost', { dev: false, allowed })).toBeUndefined();
  expect(hostProblem('10.2.2.3', { dev: false, allowed })).toBeTypeOf('string');
  expect(hostProblem('169.254.169.254', { dev: false, allowed })).toBeTypeOf('string');
});

test.each([
  ['http://Example.com/', 'http example.com'],
  ['https://[2001:db8::1]:8443', 'https [2001:db8::1]:8443'],
  ['http://127.0.0.1:9001', 'http 127.0.0.1:9001'],
])('%s is taken', (url, expected) => {
  const parsed = parseEndpointUrl(url);
  expect('problem' in parsed ? parsed.problem : `${parsed.scheme} ${parsed.authority}`).toBe(expected);
});

test.each([
  ...[
    'ftp://a',
    'HTTP://a',
    'http:/a',
    'http://',
    'http://a/b',
    'http://a?b',
    'http://a#b',
    'http://u:p@a',
    'http://a:0',
  ],
  ...[
    'http://a:65536',
    'http://a:',
    'http://[::1',
    'http://[fe80::1%25eth0]',
    'http://a\\b',
    'http://a\nb',
    'http:///a',
  ],
])('%s is refused', (url) => {
  expect(parseEndpointUrl(url)).toHaveProperty('problem');
});
