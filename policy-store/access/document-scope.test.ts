import { expect, test } from 'vitest';
import { refusedDocuments } from './document-scope.ts';
import type { Grant } from './permissions.ts';

const VERSIONS: Readonly<Record<string, string>> = {
  Secret: 'v1',
  Namespace: 'v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  Gateway: 'gateway.networking.k8s.io/v1',
};

const document = (kind: string, namespace: string, spec: object = {}) => ({
  apiVersion: VERSIONS[kind] ?? 'gossamer.mesh/v1',
  kind,
  metadata: { name: 'x', namespace },
  spec,
});

const refused = (grant: Grant, ...documents: ReturnType<typeof document>[]) =>
  refusedDocuments(
    { actor: 'a', grants: [grant] },
    {
      documents,
      bound: new Set(['spiffe://mesh.local/ns/shop/sa/boss']),
      identityOf: ({ metadata, spec }) =>
        (spec as { spiffeId?: string }).spiffeId ?? `spiffe://mesh.local/ns/${metadata.namespace}/sa/${metadata.name}`,
    },
  );

const owner: Grant = { role: 'service-owner', namespaces: ['shop'] };
const editor: Grant = { role: 'policy-editor' };
const shopEditor: Grant = { role: 'policy-editor', namespaces: ['shop'] };

test.each([
  ['admin', { role: 'admin' }, 'MeshConfig', '', true],
  ['admin', { role: 'admin' }, 'Gateway', 'shop', true],
  ['owner', owner, 'Service', 'shop', true],
  ['owner', owner, 'Secret', 'shop', true],
  ['owner', owner, 'Workload', 'shop', true],
  ['owner', owner, 'Service', 'pay', false],
  ['owner', owner, 'Gateway', 'shop', false],
  ['owner', owner, 'Namespace', '', false],
  ['owner', owner, 'MeshConfig', '', false],
  ['editor', editor, 'AuthorizationPolicy', 'pay', true],
  ['editor', editor, 'HTTPRoute', 'shop', true],
  ['editor', editor, 'Service', 'shop', false],
  ['editor', editor, 'Workload', 'shop', false],
  ['editor', editor, 'Secret', 'shop', false],
  ['editor', editor, 'MeshConfig', '', false],
  ['shop editor', shopEditor, 'AuthorizationPolicy', 'shop', true],
  ['shop editor', shopEditor, 'AuthorizationPolicy', 'mesh-system', false],
  ['viewer', { role: 'viewer' }, 'AuthorizationPolicy', 'shop', false],
  ['key-admin', { role: 'key-admin' }, 'Workload', 'shop', false],
] as const)('%s %o writes %s in "%s": %s', (_, grant, kind, namespace, allowed) => {
  expect(refused(grant, document(kind, namespace)).length === 0).toBe(allowed);
});

test('one document out of reach is named, the others are not', () => {
  const documents = [document('Service', 'shop'), document('Service', 'pay')];
  expect(refused(owner, ...documents)).toEqual(['Service pay/x']);
});

test('whoever owns the keys of a workload with a role would have the role', () => {
  const boss = { spiffeId: 'spiffe://mesh.local/ns/shop/sa/boss' };
  expect(refused(owner, document('Workload', 'shop', boss))).toEqual([
    'Workload shop/x (is bound to a role: needs the role admin)',
  ]);
});

test.each(['spiffe://mesh.local/ns/pay/sa/x', 'spiffe://mesh.local/free', 'no id'])(
  'an owner does not claim %s',
  (id) => {
    expect(refused(owner, document('Workload', 'shop', { spiffeId: id }))).toHaveLength(1);
    expect(refused(owner, document('Service', 'shop', { identity: id }))).toHaveLength(1);
  },
);
