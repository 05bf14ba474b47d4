import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../snapshot/content.ts';
import type { Resource } from '../../resources/resource.ts';
import { type CompiledMesh, compileMesh, withKnownPieces } from '../index.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const OURS = 'gossamer.mesh/v1';

const document = (apiVersion: string, kind: string, name: string, spec: unknown, namespace = 'shop'): Resource => ({
  apiVersion,
  kind,
  metadata: { namespace, name },
  spec,
});

const service = (name: string, port: number, namespace?: string): Resource =>
  document(OURS, 'Service', name, { ports: [{ port }], endpoints: [{ url: `http://e${port}.example` }] }, namespace);

const route = (name: string, backendRefs: object[], more: object = {}, parents: object[] = []): Resource =>
  document(GATEWAY_API, 'HTTPRoute', name, {
    parentRefs: [{ group: '', kind: 'Service', name: 'a' }, ...parents],
    rules: [{ matches: [{ path: { value: `/${name}` } }], backendRefs, ...more }],
  });

const fault = (status: number): Resource =>
  document(OURS, 'FaultInjection', 'broken', { abort: { status, percent: 50 } });

const traffic = (request: string): Resource =>
  document(OURS, 'TrafficPolicy', 'slow', {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'near' }],
    timeouts: { request },
  });

const sticky = document(OURS, 'TrafficPolicy', 'sticky', {
  targetRefs: [{ group: 'gossamer.mesh', kind: 'Service', name: 'a' }],
  sticky: { header: 'x-user' },
});

const grant = document(
  GATEWAY_API,
  'ReferenceGrant',
  'g',
  {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
    to: [{ group: '', kind: 'Service' }],
  },
  'far',
);

const gateway = document(GATEWAY_API, 'Gateway', 'front', {
  gatewayClassName: 'gossamer',
  listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }],
});

const broken = [
  { type: 'ExtensionRef', extensionRef: { group: 'gossamer.mesh', kind: 'FaultInjection', name: 'broken' } },
];

/** Each is absent or one of its forms. The objects stay the same, as those of a store do. */
const PLACES: readonly (readonly Resource[])[] = [
  [service('a', 80), service('a', 81)],
  [service('b', 80), service('b', 81)],
  [service('c', 80, 'far')],
  [route('near', [{ name: 'b', port: 80 }]), route('near', [{ name: 'a', port: 80 }])],
  [route('away', [{ name: 'c', namespace: 'far', port: 80 }])],
  [route('plain', [], { filters: broken })],
  [route('both', [{ name: 'b' }], {}, [{ name: 'front' }])],
  [grant],
  [gateway],
  [fault(500), fault(503)],
  [traffic('1s'), traffic('2s')],
  [sticky],
];

test('the documents of this test are right', () => {
  for (const form of [0, 1]) {
    const { diagnostics, conditions } = compileMesh(
      PLACES.flatMap((forms) => forms[form] ?? forms[0] ?? []),
      { dev: true },
    );
    expect(diagnostics).toEqual([]);
    const failed = [...conditions].filter(([, list]) =>
      list.some(({ type, status }) => type === 'Accepted' && status !== 'True'),
    );
    expect(failed).toEqual([]);
  }
});

const said = ({ statuses, conditions, ...rest }: CompiledMesh): string =>
  canonicalJson({ ...rest, statuses: [...statuses], conditions: [...conditions] });

test('whatever was compiled before, a mesh is compiled to what its documents alone come to', () => {
  const step = fc.tuple(fc.nat(PLACES.length - 1), fc.nat(2));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const chosen = PLACES.map(() => 1);
      let before: CompiledMesh | undefined;
      for (const [place, form] of steps) {
        chosen[place] = form;
        const documents = PLACES.flatMap((forms, n) => forms[(chosen[n] ?? 0) - 1] ?? []);
        before = withKnownPieces(compileMesh(documents, { dev: true }), before);
        const alone = compileMesh(structuredClone(documents), { dev: true });
        expect(said(before)).toBe(said(alone));
      }
    }),
    { numRuns: 150 },
  );
});

test('a route is compiled once, until something changes that it asked about', () => {
  const [a] = PLACES[0] as [Resource];
  const [b, movedB] = PLACES[1] as [Resource, Resource];
  const near = route('near', [{ name: 'b', port: 80 }]);
  const routesOf = (...documents: Resource[]) =>
    compileMesh([a, near, ...documents], { dev: true }).services.find(({ name }) => name === 'a')?.routes;
  const first = routesOf(b);
  expect(routesOf(b, service('other', 80))).toBe(first);
  expect(routesOf(movedB)).not.toEqual(first);
  expect(routesOf(b)).toEqual(first);
});
