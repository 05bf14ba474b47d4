import { expect, test } from 'vitest';
import type { WhatCan, WhoCan } from '../../snapshot/inquiry.ts';
import { runCommandLine } from '../application.ts';
import { fakeContext } from '../context.fake.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const WHO: WhoCan = {
  revision: 4,
  callers: [
    { principal: CART, of: ['Workload shop/cart'], may: 'yes', decidedBy: 'shop/reads' },
    { principal: `${CART}2`, of: [], may: 'no', decidedBy: 'mesh default', reason: 'permission_denied' },
  ],
  total: 2,
  nobody: { principal: null, of: [], may: 'no', reason: 'unauthenticated' },
  unknown: { principal: 'spiffe://mesh.local/ns/_/sa/_', of: [], may: 'no', reason: 'permission_denied' },
  others: [{ policy: 'shop/ops', rule: 0, from: 'namespaces ops*' }],
};
const WHAT: WhatCan = {
  revision: 4,
  principal: CART,
  of: ['Workload shop/cart'],
  services: [
    {
      service: 'shop/orders',
      access: 'some',
      allows: [{ policy: 'shop/reads', rule: 0, to: ['methods GET'], when: ['request.headers[x] is a'] }],
      denies: [],
      backends: [{ service: 'shop/v2', access: 'none' }],
    },
    {
      service: 'shop/bank',
      access: 'none',
      allows: [],
      denies: [{ policy: 'shop/no', to: [], when: [] }],
      backends: [],
    },
  ],
  total: 2,
};

async function run(path: string, answer: unknown, ...words: string[]) {
  const context = fakeContext({ store: { [`POST ${path}`]: [200, answer] } });
  const code = await runCommandLine(words, context);
  return { code, text: context.out(), context };
}

test('who-can tells those who may before those who may not, and the rules for others', async () => {
  const { code, text, context } = await run('/v1/who-can', WHO, 'who-can', 'get', 'orders.shop.mesh/x', '-H', 'A: b');
  expect(code).toBe(0);
  expect(context.sent[0]?.body).toEqual({ method: 'GET', url: 'http://orders.shop.mesh/x', headers: { a: 'b' } });
  const places = ['MAY (1)', `${CART} `, 'by shop/reads', 'MAY NOT (1)', 'unauthenticated', 'namespaces ops*'].map(
    (words) => text.indexOf(words),
  );
  expect(places).not.toContain(-1);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
});

test('who-can fetches every page', async () => {
  const { context, text } = await run('/v1/who-can', { ...WHO, total: 4 }, 'who-can', 'orders.shop.mesh/', '--json');
  expect(context.sent.map(({ body }) => (body as { offset?: number }).offset)).toEqual([undefined, 2]);
  expect(JSON.parse(text).callers).toHaveLength(4);
});

test('who-can of what nobody can call fails, and says why', async () => {
  const stopped = { reason: 'service_not_found', summary: 'There is no such service.' };
  const { code, text } = await run('/v1/who-can', { ...WHO, callers: [], stopped }, 'who-can', 'gone.shop.mesh/');
  expect([code, text.includes('service_not_found')]).toEqual([1, true]);
});

test('what-can tells rules with their conditions, and what is closed', async () => {
  const { code, text } = await run('/v1/what-can', WHAT, 'what-can', 'shop/cart');
  expect(code).toBe(0);
  expect(text).toMatch(/may +methods GET when request.headers\[x\] is a +shop\/reads rule 0/);
  expect(text).toContain('its backend shop/v2 lets none of it pass');
  expect(text).toMatch(/NOTHING AT \(1\)\n +shop\/bank +DENY shop\/no/);
});

test('what-can of an identity that is none of this mesh fails', async () => {
  const refused = 'The mesh trusts no key of other.';
  const { code } = await run('/v1/what-can', { ...WHAT, services: [], refused }, 'what-can', 'spiffe://other/a');
  expect(code).toBe(1);
});
