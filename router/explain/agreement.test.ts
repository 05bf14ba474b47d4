import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TrafficSettings } from '../../snapshot/chunk.ts';
import type { AuthorizationPolicy, AuthorizationRule, Operation, Source, When } from '../../snapshot/policy.ts';
import type { FaultRule, RouteTable } from '../../snapshot/route.ts';
import { DEFAULT_TRAFFIC } from '../../snapshot/traffic-defaults.ts';
import { explain } from '../explain.ts';
import { meshPipeline } from '../pipeline.ts';
import { backendAtWeight, type FakeMesh, prefixMatch, ruleAt, serviceAt, snapshotOf } from '../routing/mesh.fake.ts';
import { Served } from '../served.fake.ts';
import { whatCan } from './what-can.ts';
import { whoCan } from './who-can.ts';

const id = (name: string): string => `spiffe://mesh.local/ns/${name}`;
const CALLERS = [id('shop/sa/cart'), id('shop/sa/web'), id('bank/sa/cart')];
const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { minLength: 1, maxLength: 2 });

const source: fc.Arbitrary<Source> = fc.oneof(
  fc.record({ principals: some(fc.constantFrom('mesh.local/ns/shop/sa/cart', 'mesh.local/ns/*', '*/sa/cart', '*')) }),
  fc.record({ notPrincipals: some(fc.constantFrom('mesh.local/ns/shop/sa/web', 'mesh.local/ns/bank/*')) }),
  fc.record({ namespaces: some(fc.constantFrom('shop', 'bank', 'b*')) }),
  fc.record({ authn: some(fc.constantFrom('proof', 'strict-proof', 'bearer')) }),
  fc.record({ notVia: some(fc.constantFrom('mesh.local/ns/shop/*', '*')), notAuthn: fc.constant(['bearer']) }),
  fc.record({ via: some(fc.constantFrom('mesh.local/ns/shop/*', '*')) }),
  fc.record({ ipBlocks: some(fc.constantFrom('127.0.0.0/8', '10.0.0.0/8')) }),
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ methods: some(fc.constantFrom('GET', 'POST')) }),
  fc.record({ paths: some(fc.constantFrom('/a', '/a*', '/b/{*}', '*')), notMethods: fc.constant(['PUT']) }),
  fc.record({ notPaths: some(fc.constantFrom('/a', '/new/*')) }),
  fc.record({ hosts: some(fc.constantFrom('orders.shop.mesh', '*.other')) }),
);
const when: fc.Arbitrary<When> = fc.oneof(
  fc.record({ key: fc.constant('request.headers[x-tenant]'), values: some(fc.constantFrom('blue', 'red')) }),
  fc.record({ key: fc.constant('source.namespace'), notValues: some(fc.constantFrom('bank', 'shop')) }),
);
const rule: fc.Arbitrary<AuthorizationRule> = fc.record(
  { from: some(source), to: some(operation), when: some(when) },
  { requiredKeys: [] },
);
const policy = (namespace: string): fc.Arbitrary<AuthorizationPolicy> =>
  fc.record({
    namespace: fc.constant(namespace),
    name: fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 3, maxLength: 6 }),
    action: fc.constantFrom('ALLOW', 'ALLOW', 'DENY'),
    rules: fc.array(rule, { maxLength: 2 }),
  });
const few = (namespace: string) => fc.array(policy(namespace), { maxLength: 3 });

const table: fc.Arbitrary<RouteTable | null> = fc.constantFrom<(RouteTable | null)[]>(
  null,
  { matches: [prefixMatch('/a')], rules: [ruleAt(0, { backends: [backendAtWeight('shop/v2')] })] },
  { matches: [prefixMatch('/')], rules: [ruleAt(0, { backends: [backendAtWeight('shop/orders')] })] },
  {
    matches: [prefixMatch('/')],
    rules: [
      ruleAt(0, {
        backends: [backendAtWeight('shop/v2')],
        filters: [{ type: 'URLRewrite', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } }],
      }),
    ],
  },
);

/** Trouble for every call, or for none: what is left to chance has no answer. */
const traffic = fc
  .constantFrom<(readonly FaultRule[])[]>(
    [],
    [],
    [{ name: 'shop/no', abort: { status: 503, share: 0 } }],
    [{ name: 'shop/teapot', abort: { status: 418, share: 1 } }],
  )
  .map((faults): TrafficSettings => ({ ...DEFAULT_TRAFFIC, faults }));

const mesh: fc.Arbitrary<FakeMesh> = fc
  .record({
    trouble: fc.record({ orders: traffic, v2: traffic }),
    own: few('shop'),
    ofBackend: few('shop'),
    wide: few('shop'),
    root: few('mesh-system'),
    table,
    permissive: fc.boolean(),
    authn: fc.constantFrom('proof' as const, 'proof' as const, 'strict-proof' as const),
    otherwise: fc.constantFrom('deny' as const, 'allow' as const),
  })
  .map(({ own, ofBackend, wide, root, table: routes, permissive, authn, otherwise, trouble }) => ({
    services: [
      serviceAt('shop/orders', {
        policies: own,
        routes: { default: routes, byPort: {} },
        // A body is digested outside of the test's time: no call may get so far.
        authn: permissive ? 'proof' : authn,
        peerAuthentication: permissive ? 'PERMISSIVE' : 'STRICT',
        traffic: trouble.orders,
      }),
      serviceAt('shop/v2', { policies: ofBackend, traffic: trouble.v2 }),
    ],
    policies: [...wide, ...root],
    mesh: { defaultAuthorization: otherwise },
  }));

const call = fc.record(
  {
    from: fc.constantFrom(...CALLERS),
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    target: fc.constantFrom('/a', '/b/c', '/b/c/d', '/../x'),
    headers: fc.record({ 'x-tenant': fc.constantFrom('blue', 'red', 'green') }, { requiredKeys: [] }),
  },
  { requiredKeys: ['method', 'target', 'headers'] },
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const asked = ({ target, ...more }: Call) => ({
  ...more,
  url: `http://orders.shop.mesh${target}`,
  remoteAddress: '127.0.0.1',
  // What a request of these tests carries.
  strength: 'proof' as const,
});

test('explain says what the router does, and who decides', async () => {
  await fc.assert(
    fc.asyncProperty(mesh, call, async (made, one) => {
      const served = await Served.start(meshPipeline, { reporter: 'router', mesh: made });
      const { status, reason, decidedBy, authorization } = await served.tell(one);
      const told = await explain(snapshotOf(made), asked(one));
      const real = { reason, decidedBy, authorization };
      expect({
        reason: told.reason,
        decidedBy: told.authorization?.decidedBy,
        authorization: told.authorization?.decision,
      }).toEqual(real);
      expect(told.status ?? 200).toBe(status);
    }),
    { numRuns: 150 },
  );
});

test('who-can gives each caller the answer that the router gives', async () => {
  await fc.assert(
    fc.asyncProperty(mesh, call, async (made, one) => {
      const { from: _, ...request } = asked(one);
      const { callers, stopped } = await whoCan(
        snapshotOf(made),
        request,
        CALLERS.map((caller) => ({ id: caller, of: [] })),
      );
      const served = await Served.start(meshPipeline, { reporter: 'router', mesh: made });
      for (const from of CALLERS) {
        const { authorization } = await served.tell({ ...one, from });
        const judged = callers.find(({ principal }) => principal === from);
        expect(judged?.may ?? 'no').toBe(authorization === 'allow' && stopped === undefined ? 'yes' : 'no');
      }
    }),
    { numRuns: 60 },
  );
});

test('what-can never says all where the router denies, nor none where it allows', async () => {
  await fc.assert(
    fc.asyncProperty(mesh, call, async (made, one) => {
      const { from = CALLERS[0] as string } = one;
      const told = await whatCan(snapshotOf(made), { principal: from }, ['shop/orders']);
      const [access] = told.services;
      const { authorization, decidedBy } = await (
        await Served.start(meshPipeline, { reporter: 'router', mesh: made })
      ).tell({ ...one, from });
      if (access?.access === 'none') expect(authorization).not.toBe('allow');
      if (access?.access === 'all' && access.backends.length === 0) expect(authorization).not.toBe('deny');
      const names = [...(access?.allows ?? []), ...(access?.denies ?? [])].map((reached) => reached.policy);
      if (
        authorization === 'allow' &&
        decidedBy !== 'mesh default' &&
        made.services?.[0]?.chunk.routes.default === null
      ) {
        expect(names).toContain(decidedBy);
      }
    }),
    { numRuns: 100 },
  );
});
