import { expect, test } from 'vitest';
import { inRange, parseIpv4, parseIpv6, parseRange } from './ip-range.ts';

test.each(['0.0.0.0', '255.255.255.255', '10.1.2.3'])('%s is an address', (text) => {
  expect(parseIpv4(text)?.version).toBe(4);
});

test.each(['1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.x', '', '1..2.3', '0x1.2.3.4'])(
  '%s is none',
  (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  },
);

test.each([
  ['::', 0n],
  ['::1', 1n],
  ['1::', 1n << 112n],
  ['0:0:0:0:0:0:0:ff', 255n],
  ['1:2:3:4:5:6:7::', 0x0001_0002_0003_0004_0005_0006_0007_0000n],
])('%s', (text, value) => {
  expect(parseIpv6(text)?.value).toBe(value);
});

test.each([
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '12345::',
  '::g',
  '::1%eth0',
  '',
])('"%s" is no IPv6 address', (text) => {
  expect(parseIpv6(text)).toBeUndefined();
});

test.each(['10.0.0.0/33', '10.0.0.1/8', '10.0.0.0', '::1/64', '10.0.0.0/08', 'x/8', '/8'])('%s is no range', (text) => {
  expect(parseRange(text)).toBeUndefined();
});

test.each([
  ['10.255.0.1', '10.0.0.0/8', true],
  ['11.0.0.0', '10.0.0.0/8', false],
  ['1.2.3.4', '0.0.0.0/0', true],
  ['10.0.0.1', '::/0', false],
])('%s in %s: %s', (address, range, expected) => {
  expect(inRange(parseIpv4(address)!, parseRange(range)!)).toBe(expected);
});
