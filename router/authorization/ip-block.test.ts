import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileBlocks } from './ip-block.ts';

test.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['10.0.0.128/25', '10.0.0.129', true],
  ['10.0.0.128/25', '10.0.0.127', false],
  ['0.0.0.0/0', '203.0.113.9', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['::/0', '203.0.113.9', false],
  ['::/0', '::ffff:203.0.113.9', false],
  ['::/0', '2001:db8::1', true],
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['192.0.2.0/24', '::ffff:192.0.2.7', true],
  ['192.0.2.0/24', '::FFFF:c000:0207', true],
  ['::ffff:192.0.2.0/120', '192.0.2.7', true],
  ['::ffff:192.0.2.0/120', '192.0.3.7', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['2001:db8::/33', '2001:db8:8000::', false],
  ['2001:0DB8::1', '2001:db8:0:0:0:0:0:1', true],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['::1', '::1', true],
])('%s holds %s: %s', (block, address, holds) => {
  expect(compileBlocks(['198.51.100.1', block])(address)).toBe(holds);
});

test.each([
  '',
  'unknown',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1:2:3:4:5:6:7',
  '::1::',
  ':::',
  '1::2.3.4.5:6',
  '12345::',
])('an address like %j is no answer at all', (address) => {
  expect(() => compileBlocks(['0.0.0.0/0', '::/0'])(address)).toThrow('not known');
});

test.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/08', 'x/8', '', '/8'])('%j is no block', (text) => {
  expect(() => compileBlocks([text])).toThrow();
});

test('takes for an address what the platform takes for one', () => {
  const piece = fc.constantFrom('0', '1', '255', '256', 'ffff', ':', '::', '.', '10.0.0.1', 'g');
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(piece, { maxLength: 9 }).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(text, (address) => {
      const known = isIPv4(address) || isIPv6(address);
      const judge = () => compileBlocks(['0.0.0.0/0', '::/0'])(address);
      if (known) expect(typeof judge()).toBe('boolean');
      else expect(judge).toThrow();
    }),
    { numRuns: 3000 },
  );
});
