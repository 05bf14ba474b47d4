import { expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

const mesh = { trustedProxies: ['10.0.0.0/8', '2001:db8::/32'] };

test.each<[string, string, string[], string]>([
  ['nothing said', '10.0.0.1', [], '10.0.0.1'],
  ['a peer that is not trusted', '192.0.2.1', ['198.51.100.7'], '192.0.2.1'],
  ['one proxy', '10.0.0.1', ['198.51.100.7'], '198.51.100.7'],
  ['what the client itself wrote is passed over', '10.0.0.1', ['1.1.1.1, 198.51.100.7'], '198.51.100.7'],
  ['two proxies', '10.0.0.1', ['198.51.100.7, 10.0.0.2'], '198.51.100.7'],
  ['several fields', '10.0.0.1', ['1.1.1.1', '198.51.100.7,10.0.0.2'], '198.51.100.7'],
  ['proxies alone', '10.0.0.1', ['10.0.0.3, 10.0.0.2'], '10.0.0.3'],
  ['IPv6', '2001:db8::1', ['2001:4860::8'], '2001:4860::8'],
  ['a mapped address', '::ffff:10.0.0.1', ['::ffff:198.51.100.7'], '::ffff:198.51.100.7'],
  ['garbage', '10.0.0.1', ['198.51.100.7, evil'], '10.0.0.1'],
  ['garbage on the left', '10.0.0.1', ['unknown, 198.51.100.7'], '10.0.0.1'],
  ['a range', '10.0.0.1', ['0.0.0.0/0'], '10.0.0.1'],
  ['a port', '10.0.0.1', ['198.51.100.7:80'], '10.0.0.1'],
  ['an empty entry', '10.0.0.1', ['198.51.100.7,'], '10.0.0.1'],
  ['too many', '10.0.0.1', [Array(33).fill('198.51.100.7').join(',')], '10.0.0.1'],
  ['a peer that is not known', '', ['198.51.100.7'], ''],
])('%s', (_, peer, forwardedFor, client) => {
  expect(clientAddress(peer, forwardedFor, mesh)).toBe(client);
  expect(clientAddress(peer, forwardedFor, {})).toBe(peer);
});
