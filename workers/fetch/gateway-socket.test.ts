import { expect, test } from 'vitest';
import { gatewaySocket, routerSocket } from './gateway-socket.ts';

const from = (role: 'router' | 'gateway', env: Record<string, string>) =>
  ({ gateway: gatewaySocket, router: routerSocket })[role]((name) => env[name]);

test('a gateway may be one Gateway on one logical port, or all of them', () => {
  const one = { GOSSAMER_GATEWAY: 'shop/front', GOSSAMER_LISTENER_PORT: '443' };
  expect(from('gateway', one)).toEqual({ gateway: 'shop/front', listenerPort: 443 });
  expect(from('gateway', {})).toEqual({});
});

test.each([
  ['gateway', { GOSSAMER_GATEWAY: 'front' }, /GOSSAMER_GATEWAY is no/],
  ['gateway', { GOSSAMER_GATEWAY: '' }, /GOSSAMER_GATEWAY is no/],
  ['gateway', { GOSSAMER_LISTENER_PORT: '0' }, /GOSSAMER_LISTENER_PORT is no port/],
  ['gateway', { GOSSAMER_LISTENER_PORT: '65536' }, /GOSSAMER_LISTENER_PORT is no port/],
  ['router', { GOSSAMER_GATEWAY: 'shop/front' }, /are for gateways/],
] as const)('as a %s %j is refused', (role, env, words) => {
  expect(() => from(role, { ...env })).toThrow(words);
});
