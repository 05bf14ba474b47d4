import { expect, test } from 'vitest';
import type { WhoCan } from '../../snapshot/inquiry.ts';
import {
  backendAtWeight,
  type FakeMesh,
  policyAt,
  ruleAt,
  serviceAt,
  snapshotOf,
  tableOf,
} from '../routing/mesh.fake.ts';
import { whoCan } from './who-can.ts';

const id = (name: string): string => `spiffe://mesh.local/ns/shop/sa/${name}`;
const KNOWN = ['web', 'cart', 'admin'].map((name) => ({ id: id(name), of: [`Workload shop/${name}`] }));
const policies = [
  policyAt('shop/cart-reads', 'ALLOW', {
    from: [{ principals: ['mesh.local/ns/shop/sa/cart'] }],
    to: [{ methods: ['GET'] }],
  }),
  policyAt('shop/admins', 'ALLOW', { from: [{ principals: ['mesh.local/ns/ops/*'] }] }),
  policyAt('shop/no-web', 'DENY', { from: [{ principals: ['mesh.local/ns/shop/sa/web'] }] }),
];

const ask = (over: Parameters<typeof whoCan>[1], mesh?: FakeMesh): Promise<WhoCan> =>
  whoCan(snapshotOf(mesh ?? { services: [serviceAt('shop/orders', { policies })] }), over, KNOWN);
const orders = (method: string) => ({ method, url: 'http://orders.shop.mesh/x' });
const answers = ({ callers }: WhoCan): string[] =>
  callers.map(({ principal, may, decidedBy }) => `${principal?.split('/').at(-1)} ${may} ${decidedBy}`);

test('every known principal is judged, and told with the policy that decides', async () => {
  expect(answers(await ask(orders('GET')))).toEqual([
    'admin no mesh default',
    'cart yes shop/cart-reads',
    'web no shop/no-web',
  ]);
  expect(answers(await ask(orders('POST')))[1]).toBe('cart no mesh default');
});

test('nobody and strangers are told as well', async () => {
  const told = await ask(orders('GET'));
  expect(told.nobody).toMatchObject({ principal: null, may: 'no', reason: 'unauthenticated' });
  expect(told.unknown).toMatchObject({ may: 'no', reason: 'permission_denied' });
});

test('rules that let in more than the known ones are named; exact names are not', async () => {
  expect((await ask(orders('GET'))).others).toEqual([
    { policy: 'shop/admins', rule: 0, from: 'principals mesh.local/ns/ops/*' },
  ]);
});

test('a rule for anyone, but only where the call fits it', async () => {
  const open = policyAt('shop/open', 'ALLOW', { to: [{ paths: ['/public/*'] }] });
  const services = [serviceAt('shop/orders', { policies: [open] })];
  const others = async (path: string) =>
    (await ask({ method: 'GET', url: `http://orders.shop.mesh${path}` }, { services })).others;
  expect(await others('/public/a')).toEqual([{ policy: 'shop/open', rule: 0, from: 'anyone' }]);
  expect(await others('/secret')).toEqual([]);
});

test('a call that no caller can make says why', async () => {
  const told = await ask({ method: 'GET', url: 'http://gone.shop.mesh/' });
  expect(told).toMatchObject({ stopped: { reason: 'service_not_found' }, callers: [] });
});

test('where the backends of a route differ, a caller may do it partly', async () => {
  const rule = ruleAt(0, { backends: [backendAtWeight('shop/v1', 1), backendAtWeight('shop/v2', 1)] });
  const all = policyAt('shop/all', 'ALLOW', {});
  const services = [
    serviceAt('shop/orders', { policies: [all], routes: { default: tableOf(rule), byPort: {} } }),
    serviceAt('shop/v1'),
    serviceAt('shop/v2', { policies: [policyAt('shop/closed', 'DENY', {})] }),
  ];
  expect(answers(await ask(orders('GET'), { services }))[0]).toBe('admin partly shop/closed');
});

test('pages', async () => {
  const told = await ask({ ...orders('GET'), offset: 1, limit: 1 });
  expect([answers(told), told.total]).toEqual([['cart yes shop/cart-reads'], 3]);
});
