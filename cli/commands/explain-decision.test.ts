import { expect, test } from 'vitest';
import type { KeptDecision } from '../../snapshot/decision.ts';
import type { Explanation } from '../../snapshot/explanation.ts';
import { runCommandLine } from '../application.ts';
import { fakeContext } from '../context.fake.ts';

const ID = '0af7651916cd43dd8448eb211c80319c';
const denied: KeptDecision = {
  decisionId: ID,
  at: 1_763_895_600_000,
  duration: 1.25,
  reporter: 'router',
  router: 'r1',
  revision: 13,
  generation: 20,
  method: 'GET',
  scheme: 'http',
  authority: 'orders.shop.mesh:8080',
  path: '/a\u001b[2J',
  source: 'spiffe://mesh.local/ns/shop/sa/cart',
  strength: 'proof',
  remoteAddress: '10.0.0.7',
  destination: 'shop/orders',
  attempts: [],
  status: 403,
  reason: 'permission_denied',
  detail: 'service shop/orders: no ALLOW policy matches',
  authorization: { decision: 'deny', decidedBy: 'mesh default', why: 'no ALLOW policy matches' },
};
const forwarded: Explanation = { revision: 14, verdict: 'forwarded', summary: 'Forwarded to shop/orders.', steps: [] };
const same: Explanation = { ...forwarded, revision: 13, verdict: 'refused', reason: 'permission_denied', status: 403 };

const run = async (decision: KeptDecision, now: Explanation, ...flags: string[]) => {
  const store = { [`GET /v1/decisions/${ID}`]: [200, decision], 'POST /v1/explain': [200, now] } as const;
  const context = fakeContext({ store });
  return { code: await runCommandLine(['explain', ID, ...flags], context), context };
};

test('what happened, who decided, and what would happen now', async () => {
  const { code, context } = await run(denied, forwarded);
  expect(code).toBe(0);
  for (const words of [
    'GET http://orders.shop.mesh:8080/a',
    'REFUSED 403 permission_denied',
    'decided by mesh default',
    'it would be forwarded by the policies of revision 14',
  ]) {
    expect(context.out()).toContain(words);
  }
});

test('the request is judged again as it came', async () => {
  const { context } = await run(denied, same);
  expect(context.sent.at(-1)?.body).toEqual({
    method: 'GET',
    url: 'http://orders.shop.mesh:8080/a\u001b[2J',
    from: 'spiffe://mesh.local/ns/shop/sa/cart',
    strength: 'proof',
    remoteAddress: '10.0.0.7',
  });
  expect(context.out()).toContain('it would be refused the same way');
});

test('what a caller wrote does not steer the terminal', async () => {
  const { context } = await run(denied, same);
  expect(context.out()).not.toContain('\u001b');
});

test('the end user is told without steering the terminal, and is asked for again', async () => {
  const user = { ...denied, endUser: 'https://login.example/al\u001bi\ntook\u202ece' };
  const { context } = await run(user, same);
  expect(context.out()).toMatch(/end user +https:\/\/login\.example\/al/);
  expect(context.out()).not.toContain('\u001b');
  expect(context.out()).not.toContain('\u202e');
  expect(context.out().match(/^took/gm)).toHaveLength(1);
  expect(context.out()).toContain('Judged for the same end user');
  expect(context.sent.at(-1)?.body).toMatchObject({
    claims: { iss: 'https://login.example', sub: 'al\u001bi\ntook\u202ece' },
  });
});

test.each(['https://login.example/aaa…', 'nobody', '/a'])(
  'an end user that is not whole (%s) is not asked for',
  async (endUser) => {
    const { context } = await run({ ...denied, endUser }, same);
    expect(context.sent.at(-1)?.body).not.toHaveProperty('claims');
    expect(context.out()).toContain('headers and claims of the request');
  },
);

test('a token of an end user that did not hold is not kept either', async () => {
  const { context } = await run({ ...denied, status: 401, reason: 'token_invalid', check: 'wrong_key' }, forwarded);
  expect(context.sent).toHaveLength(1);
  expect(context.out()).toContain('NOT JUDGED AGAIN');
});

test('--json is one document with both', async () => {
  const { context } = await run(denied, forwarded, '--json');
  expect(JSON.parse(context.out())).toEqual({ decision: denied, now: forwarded });
});

test('what was refused before it was read is not judged again', async () => {
  const { context } = await run({ ...denied, authority: '', path: '' }, forwarded, '--json');
  expect(context.sent).toHaveLength(1);
});

test('a credential that did not hold is not kept, so it is not judged again, and that is said', async () => {
  const { source: _, authorization: __, ...rest } = denied;
  const { context } = await run({ ...rest, status: 400, reason: 'token_invalid', check: 'wrong_key' }, forwarded);
  expect(context.sent).toHaveLength(1);
  expect(context.out()).toContain('NOT JUDGED AGAIN');
});

test('an ID that nobody knows: says where it may be', async () => {
  const context = fakeContext({ store: {} });
  expect(await runCommandLine(['explain', ID], context)).toBe(1);
  expect(context.err()).toContain('kept for 15');
});
