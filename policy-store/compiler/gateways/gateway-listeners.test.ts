import { expect, test } from 'vitest';
import type { Resource } from '../../resources/resource.ts';
import { compileMesh } from '../index.ts';

const GROUP = 'gateway.networking.k8s.io';

const document = (kind: string, name: string, spec: object, created = '2026-01-01T00:00:00Z'): Resource => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata: { namespace: 'infra', name, creationTimestamp: created },
  spec,
});
const listener = (name: string, change: object = {}) => ({ name, port: 80, protocol: 'HTTP', ...change });
const gateway = (listeners: object[], change: object = {}) =>
  document('Gateway', 'edge', { gatewayClassName: 'any', listeners, ...change });
const set = (name: string, listeners: object[], created?: string) =>
  document('ListenerSet', name, { parentRef: { name: 'edge' }, listeners }, created);
const route = (change: object, kind = 'HTTPRoute') =>
  document(kind, 'pay', { parentRefs: [{ name: 'edge' }], ...change });
const sameNamespace = { allowedListeners: { namespaces: { from: 'Same' } } };

const served = (documents: Resource[]) =>
  compileMesh(documents, { dev: false }).gateways[0]?.listeners.map(({ name }) => name);

/** `type reason` of a document's conditions that are not as they should be, by listener. */
const wrong = (documents: Resource[], kind: string, name: string) =>
  compileMesh(documents, { dev: false })
    .statuses.get(`${GROUP}/${kind}/infra/${name}`)
    ?.listeners?.map(({ conditions }) =>
      conditions.filter((c) => (c.status === 'True') === (c.type === 'Conflicted')).map((c) => `${c.type} ${c.reason}`),
    );

test('a ListenerSet needs to be let in', () => {
  const more = set('more', [listener('b', { hostname: 'b.com' })]);
  expect(served([gateway([listener('a')]), more])).toEqual(['a']);
  expect(served([gateway([listener('a')], sameNamespace), more])).toEqual(['a', 'infra/more/b']);
});

test("of equal listeners the Gateway's stays, then that of the older ListenerSet, then that of the first name", () => {
  const own = gateway([listener('a', { hostname: 'a.com' })], sameNamespace);
  const [a, b] = [listener('x', { hostname: 'a.com' }), listener('y', { hostname: 'b.com' })];
  const older = set('z', [a, b], '2025-01-01T00:00:00Z');
  const younger = set('b', [b]);
  expect(served([own, younger, older])).toEqual(['a', 'infra/z/y']);
  expect(served([own, younger, set('a', [b])])).toEqual(['a', 'infra/a/y']);
  expect(wrong([own, younger, older], 'ListenerSet', 'b')).toEqual([
    ['Accepted HostnameConflict', 'Programmed Invalid', 'Conflicted HostnameConflict'],
  ]);
});

test('one port speaks one protocol', () => {
  const tls = { tls: { certificateRefs: [{ name: 'web' }] } };
  const both = gateway([listener('a', { hostname: 'a.com' }), listener('b', { protocol: 'HTTPS', ...tls })]);
  expect(served([both])).toEqual(['a']);
  expect(wrong([both], 'Gateway', 'edge')?.[1]).toContain('Conflicted ProtocolConflict');
});

test('a listener that is not served does not take the port from one that is', () => {
  expect(served([gateway([listener('tcp', { protocol: 'TCP' }), listener('a')])])).toEqual(['a']);
});

test('no route attaches to a listener of another protocol', () => {
  const { statuses } = compileMesh([gateway([listener('tcp', { protocol: 'TCP' })]), route({})], { dev: false });
  expect(statuses.get(`${GROUP}/HTTPRoute/infra/pay`)?.parents?.[0]?.conditions[0]).toMatchObject({
    status: 'False',
    reason: 'NotAllowedByListeners',
  });
  expect(statuses.get(`${GROUP}/Gateway/infra/edge`)?.listeners?.[0]).toMatchObject({
    attachedRoutes: 0,
    supportedKinds: [],
  });
});

test.each([
  ['HTTPRoute', 'HTTPRoute', 1],
  ['HTTPRoute', 'GRPCRoute', 0],
  ['GRPCRoute', 'GRPCRoute', 1],
])('a listener for %ss and a %s: %i routes', (allowed, kind, count) => {
  const own = gateway([listener('a', { allowedRoutes: { kinds: [{ kind: allowed }] } })]);
  const { statuses } = compileMesh([own, route({}, kind)], { dev: false });
  expect(statuses.get(`${GROUP}/Gateway/infra/edge`)?.listeners?.[0]?.attachedRoutes).toBe(count);
});
