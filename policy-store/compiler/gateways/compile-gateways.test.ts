import { expect, test } from 'vitest';
import { compileMesh } from '../index.ts';

const gateway = (bind: string, name = 'edge') => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { namespace: 'infra', name, annotations: { 'gossamer.mesh/bind': bind } },
  spec: { gatewayClassName: 'any', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
});

test.each([
  '80=127.0.0.1:18080',
  '80=127.9.8.7:1,443=127.0.0.1:2',
  '80=[::1]:18080',
  ' 80=127.0.0.1:1 , 81=127.0.0.1:2 ',
])('bind "%s" is taken in dev mode', (bind) => {
  const { diagnostics, gateways } = compileMesh([gateway(bind)], { dev: true });
  expect(diagnostics).toEqual([]);
  expect(gateways[0]?.binds).toHaveLength(bind.split(',').length);
});

test.each([
  ...['', '80', '80=127.0.0.1', '0=127.0.0.1:80', '80=127.0.0.1:0', '80=127.0.0.1:65536', '80=localhost:80'],
  ...['80=0x7f.1:80', '80=::1:80', '80=127.0.0.1:1,', '80=127.0.0.1:1,80=127.0.0.1:2', '80=127.0.0.1:1,81=127.0.0.1:1'],
])('bind "%s" is refused', (bind) => {
  const { diagnostics } = compileMesh([gateway(bind)], { dev: true });
  expect(diagnostics.map((d) => d.code)).toEqual(['bind-refused']);
});

test('in dev mode sockets stay on this machine', () => {
  expect(compileMesh([gateway('80=0.0.0.0:80')], { dev: true }).diagnostics).toHaveLength(1);
  expect(compileMesh([gateway('80=0.0.0.0:80')], { dev: false }).diagnostics).toEqual([]);
});

test('two Gateways can not have one socket', () => {
  const { diagnostics } = compileMesh([gateway('80=127.0.0.1:1', 'a'), gateway('80=127.0.0.1:1', 'b')], { dev: true });
  expect(diagnostics[0]).toMatchObject({ code: 'bind-refused', resource: 'Gateway infra/b' });
});
