import { expect, test } from 'vitest';
import { findKind, unknownKind } from './kinds.ts';
import { resourceKey, resourceTitle } from './resource-key.ts';

test.each([
  ['HTTPRoute', ['gateway.networking.k8s.io']],
  ['httproutes', ['gateway.networking.k8s.io']],
  ['Services', ['', 'gossamer.mesh']],
  ['svc', ['', 'gossamer.mesh']],
  ['services.gossamer.mesh', ['gossamer.mesh']],
  ['AuthorizationPolicy', ['security.istio.io', 'gossamer.mesh']],
  ['httproute.gossamer.mesh', []],
  ['Deployment', []],
  ['', []],
])('%s names kinds of the groups %j', (word, groups) => {
  expect(findKind(word).map((kind) => kind.group)).toEqual(groups);
});

test.each([
  ['gateway.networking.k8s.io/v1', 'BackendTLSPolicy', 'not-supported-yet', 'https endpoints'],
  ['networking.istio.io/v1', 'DestinationRule', 'not-supported-yet', 'write a TrafficPolicy'],
  ['networking.istio.io/v1', 'Gateway', 'not-supported-yet', 'gateway.networking.k8s.io/v1'],
  ['gateway.envoyproxy.io/v1alpha1', 'BackendTrafficPolicy', 'not-supported-yet', 'write a TrafficPolicy'],
  ['gateway.networking.k8s.io/v1alpha2', 'HTTPRoute', 'unknown-kind', 'gateway.networking.k8s.io/v1 or'],
  ['v1', 'Sevice', 'unknown-kind', 'did you mean "Service"'],
  ['apps/v1', 'Widget', 'unknown-kind', 'known are Namespace, Service'],
])('%s %s: %s', (apiVersion, kind, code, words) => {
  const answer = unknownKind(apiVersion, kind);
  expect(answer.code).toBe(code);
  expect(answer.message).toContain(words);
});

test('versions of one group share a key, groups do not', () => {
  const route = { kind: 'HTTPRoute', metadata: { namespace: 'shop', name: 'pay' } };
  const keys = ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1', 'v1'].map((apiVersion) =>
    resourceKey({ ...route, apiVersion }),
  );
  expect(keys).toEqual([...Array(2).fill('gateway.networking.k8s.io/HTTPRoute/shop/pay'), '/HTTPRoute/shop/pay']);
});

test('a document without namespace is called by its name alone', () => {
  const mesh = { apiVersion: 'gossamer.mesh/v1', kind: 'MeshConfig', metadata: { namespace: '', name: 'mesh' } };
  expect(resourceTitle(mesh)).toBe('MeshConfig mesh');
  expect(resourceKey(mesh)).toBe('gossamer.mesh/MeshConfig//mesh');
});
