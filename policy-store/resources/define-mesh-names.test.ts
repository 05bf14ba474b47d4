import { expect, test } from 'vitest';
import { defineMesh, type Mesh } from './define-mesh.ts';

const services = { orders: 'http://a', cart: 'http://b' } as const;

// Each does not compile; and where nobody compiles, it throws.
test.each<[string, () => Mesh]>([
  [
    'routes.r.on: there is no service or gateway "ordres" (did you mean "orders"?)',
    // @ts-expect-error does not compile
    () => defineMesh({ services, routes: { r: { on: 'ordres', to: 'cart' } } }),
  ],
  [
    'routes.r.to: there is no service "carts" (did you mean "cart"?)',
    // @ts-expect-error does not compile
    () => defineMesh({ services, routes: { r: { on: 'orders', to: 'carts' } } }),
  ],
  [
    'routes.r.to: there is no service "carts"',
    // @ts-expect-error does not compile
    () => defineMesh({ services, routes: { r: { on: 'orders', to: { orders: 1, carts: 1 } } } }),
  ],
  [
    'routes.r.rules[1].to: there is no service "x"',
    // @ts-expect-error does not compile
    () => defineMesh({ services, routes: { r: { on: 'orders', rules: [{ to: 'cart' }, { to: 'x' }] } } }),
  ],
  [
    'routes.r.mirror: there is no service "x"',
    // @ts-expect-error does not compile
    () => defineMesh({ services, routes: { r: { on: 'orders', to: 'cart', mirror: 'x' } } }),
  ],
  [
    'policies.p.allow: there is no service, gateway or workload "job"',
    // @ts-expect-error does not compile
    () => defineMesh({ services, policies: { p: { allow: 'job', to: 'cart' } } }),
  ],
  [
    'policies.p.to: there is no service or gateway "carts"',
    // @ts-expect-error does not compile
    () => defineMesh({ services, policies: { p: { deny: 'orders', to: 'carts' } } }),
  ],
  // @ts-expect-error does not compile
  ['policies.p must have one of allow and deny', () => defineMesh({ services, policies: { p: { to: 'cart' } } })],
  [
    'policies.p must have one of allow and deny',
    // @ts-expect-error does not compile
    () => defineMesh({ services, policies: { p: { allow: 'orders', deny: 'orders', to: 'cart' } } }),
  ],
  // @ts-expect-error does not compile
  ['traffic.t.on: there is no service or gateway "x"', () => defineMesh({ services, traffic: { t: { on: 'x' } } })],
  [
    'traffic.t.on: there is no route "x"; known are none',
    // @ts-expect-error does not compile
    () => defineMesh({ services, traffic: { t: { on: { route: 'x' } } } }),
  ],
  [
    'traffic.t.fallback: there is no service "x"',
    // @ts-expect-error does not compile
    () => defineMesh({ services, traffic: { t: { on: 'cart', fallback: 'x' } } }),
  ],
  [
    'routes.r.faults: there is no fault "slo" (did you mean "slow"?)',
    () =>
      defineMesh({
        services,
        // @ts-expect-error does not compile
        routes: { r: { on: 'orders', to: 'cart', faults: 'slo' } },
        faults: { slow: { delay: { fixed: '1s' } } },
      }),
  ],
  [
    'faults.f.byHeader: there is no service, gateway or workload "x"',
    // @ts-expect-error does not compile
    () => defineMesh({ services, faults: { f: { byHeader: 'x' } } }),
  ],
  [
    'faults.f has no field "abrot" (did you mean "abort"?)',
    // @ts-expect-error does not compile
    () => defineMesh({ services, faults: { f: { abrot: { status: 503 } } } }),
  ],
  // @ts-expect-error does not compile
  ['grants.g.to: there is no service "x"', () => defineMesh({ services, grants: { g: { routesOf: 'a', to: 'x' } } })],
  // @ts-expect-error does not compile
  ['services.a.identity: there is no service "b"', () => defineMesh({ services: { a: { identity: 'b' } } })],
  [
    'routes.r has no field "timeuot" (did you mean "timeout"?)',
    // @ts-expect-error does not compile
    () => defineMesh({ services, routes: { r: { on: 'orders', to: 'cart', timeuot: '1s' } } }),
  ],
  [
    'routes.r.when has no field "header" (did you mean "headers"?)',
    // @ts-expect-error does not compile
    () => defineMesh({ services, routes: { r: { on: 'orders', to: 'cart', when: { header: {} } } } }),
  ],
  [
    'routes.r.when.path must be a prefix, { exact } or { regex }',
    // @ts-expect-error does not compile
    () => defineMesh({ services, routes: { r: { on: 'orders', to: 'cart', when: { path: { prefix: '/' } } } } }),
  ],
  // @ts-expect-error does not compile
  ['the mesh has no field "polices" (did you mean "policies"?)', () => defineMesh({ services, polices: {} })],
])('%s', (message, define) => {
  expect(define).toThrow(message);
});

test.each<[string, () => Mesh]>([
  [
    '"a" is a service and a gateway',
    () => defineMesh({ services: { a: {} }, gateways: { a: { listeners: { h: 80 } } } }),
  ],
  [
    'service a is spiffe://mesh.local/ns/default/sa/b, workload a is spiffe://mesh.local/ns/default/sa/a',
    () =>
      defineMesh({
        services: { a: { identity: 'b' }, b: {} },
        workloads: ['a'],
        policies: { p: { allow: 'a', to: 'b' } },
      }),
  ],
  ['c answers as b itself', () => defineMesh({ services: { a: { identity: 'c' }, b: {}, c: { identity: 'b' } } })],
  ['policies.p.to is empty', () => defineMesh({ services, policies: { p: { allow: 'cart', to: [] } } })],
  ['policies.p.allow is empty', () => defineMesh({ services, policies: { p: { allow: [], to: 'cart' } } })],
  [
    'policies.p.to: x/a is in another namespace: name the policy "x/..."',
    () => defineMesh({ services: { 'x/a': {} }, policies: { p: { allow: '*', to: 'x/a' } } }),
  ],
  [
    'grants.g.to must name services of one namespace',
    () => defineMesh({ services: { 'x/a': {}, 'y/a': {} }, grants: { g: { routesOf: 'z', to: ['x/a', 'y/a'] } } }),
  ],
])('%s', (message, define) => {
  expect(define).toThrow(message);
});

test('names that objects inherit are no names of the mesh', () => {
  // @ts-expect-error does not compile
  expect(() => defineMesh({ services, routes: { r: { on: 'constructor', to: 'cart' } } })).toThrow('"constructor"');
});
