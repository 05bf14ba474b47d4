import { expect, test } from 'vitest';
import type { ServiceChunk } from '../../snapshot/chunk.ts';
import {
  backendAtWeight,
  type FakeMesh,
  policyAt,
  ruleAt,
  serviceAt,
  snapshotOf,
  tableOf,
} from '../routing/mesh.fake.ts';
import { whatCan } from './what-can.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const fromCart = [{ principals: ['mesh.local/ns/shop/sa/cart'] }];

async function cartAt(chunk: Partial<ServiceChunk>, more: Partial<FakeMesh> = {}) {
  const services = [serviceAt('shop/orders', chunk), ...(more.services ?? [])];
  const told = await whatCan(snapshotOf({ ...more, services }), { principal: CART }, ['shop/orders']);
  return told.services[0];
}

test('a rule is told by what it asks of the request', async () => {
  const rule = { from: fromCart, to: [{ methods: ['GET'], paths: ['/a*'] }, { methods: ['PUT'] }] };
  const when = [{ key: 'request.headers[x-tenant]', values: ['blue'] }];
  expect(await cartAt({ policies: [policyAt('shop/p', 'ALLOW', { ...rule, when })] })).toMatchObject({
    access: 'some',
    allows: [
      {
        policy: 'shop/p',
        rule: 0,
        to: ['methods GET, paths /a*', 'methods PUT'],
        when: ['request.headers[x-tenant] is blue'],
      },
    ],
  });
});

test('what a rule asks of the end user is left open, and told', async () => {
  const when = [
    { key: 'request.auth.claims[groups]', values: ['staff', 'admins'], notValues: ['guests'] },
    { key: 'request.auth.audiences', values: ['shop'] },
  ];
  const rule = { from: [{ ...fromCart[0], requestPrincipals: ['https://login.example/*'] }], when };
  const at = await cartAt({ policies: [policyAt('shop/p', 'ALLOW', rule)] });
  expect(at).toMatchObject({ access: 'some' });
  expect(at?.allows).toEqual([
    {
      policy: 'shop/p',
      rule: 0,
      to: [],
      when: [
        'requestPrincipals https://login.example/*',
        'request.auth.claims[groups] is staff|admins and request.auth.claims[groups] is not guests, request.auth.audiences is shop',
      ],
    },
  ]);
});

test('rules about others are left out', async () => {
  const policies = [policyAt('shop/p', 'ALLOW', { from: [{ namespaces: ['bank'] }] })];
  expect(await cartAt({ policies })).toMatchObject({ access: 'none', allows: [] });
});

test('everything, nothing, and everything but', async () => {
  const all = policyAt('shop/all', 'ALLOW', { from: fromCart });
  const no = policyAt('shop/no', 'DENY', { from: fromCart });
  const noPut = policyAt('shop/no-put', 'DENY', { to: [{ methods: ['PUT'] }] });
  const grades = [[all], [all, no], [all, noPut], [{ ...no, invalid: 'broken' }, all]];
  expect(await Promise.all(grades.map(async (policies) => (await cartAt({ policies }))?.access))).toEqual([
    'all',
    'none',
    'some',
    'none',
  ]);
});

test('a mesh that allows by default allows where no ALLOW policy stands', async () => {
  const mesh = { defaultAuthorization: 'allow' } as const;
  expect(await cartAt({}, { mesh })).toMatchObject({ access: 'all', allows: [{ policy: 'mesh default' }] });
  const policies = [policyAt('shop/p', 'ALLOW', { from: [{ namespaces: ['bank'] }] })];
  expect(await cartAt({ policies }, { mesh })).toMatchObject({ access: 'none' });
});

test('backends that keep this caller out are named', async () => {
  const rule = ruleAt(0, { backends: [backendAtWeight('shop/v1'), backendAtWeight('shop/v2')] });
  const closed = serviceAt('shop/v2', { policies: [policyAt('shop/closed', 'DENY', {})] });
  const told = await cartAt(
    { policies: [policyAt('shop/all', 'ALLOW', {})], routes: { default: tableOf(rule), byPort: {} } },
    { services: [serviceAt('shop/v1'), closed] },
  );
  expect(told?.backends).toEqual([{ service: 'shop/v2', access: 'none' }]);
});

test('an identity of another trust domain may nothing, and that is said', async () => {
  const told = await whatCan(snapshotOf({}), { principal: 'spiffe://other/ns/a/sa/b' }, ['shop/orders']);
  expect(told).toMatchObject({ services: [], refused: expect.stringContaining('other') });
});
