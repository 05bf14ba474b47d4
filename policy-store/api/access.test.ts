import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { Permission } from '../access/permissions.ts';
import { TokenRefused } from '../issuer/index.ts';
import { StoreRefusal } from '../refusal.ts';
import type { ApiEnv } from './access.ts';
import { admits, behind, Door } from './access.ts';
import { problemOf } from './problem.ts';

const ADMIN = 'admin-token-0123456789';
const ROUTER = 'router-token-0123456789';
const VIEWER = 'eyJ.e30.x';

const app = new Hono<ApiEnv>();
app.use(
  '*',
  behind(
    new Door(ADMIN, ROUTER, {
      ofOidcToken: async (text) => {
        if (text !== VIEWER) throw new TokenRefused('it is not the viewer');
        return { actor: 'somebody', grants: [{ role: 'viewer' }] };
      },
      ofWorkload: async () => ({ actor: 'spiffe://mesh.local/x', grants: [] }),
    }),
  ),
);
const operations: readonly (readonly [string, Permission | 'nothing'])[] = [
  ['/open', 'nothing'],
  ['/apply', 'documents:write'],
  ['/read', 'documents:read'],
  ['/manifest', 'snapshot:read'],
  ['/hop-key', 'hop-key:read'],
];
for (const [path, needs] of operations) app.get(path, admits(needs), (c) => c.text(c.get('actor')));
app.onError((error) => problemOf(error instanceof StoreRefusal ? error : new StoreRefusal('internal_error', 'x')));

const ask = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await app.request(path, { headers });
  return answer.ok ? answer.text() : answer.status;
};

test.each([
  '',
  'Bearer',
  'Bearer ',
  `Bearer ${ADMIN}x`,
  `Bearer ${ADMIN.slice(1)}`,
  `Bearer ${ADMIN} ${ADMIN}`,
  `Basic ${ADMIN}`,
  ADMIN,
  `Bearer ${'x'.repeat(10_000)}`,
])('authorization %# that is not right opens nothing', async (authorization) => {
  expect(await ask('/read', { authorization })).toBe(401);
});

test.each([
  ['/open', 'anybody', 'anybody', 'anybody', 'anybody'],
  ['/apply', 401, 'bootstrap', 403, 403],
  ['/read', 401, 'bootstrap', 403, 'somebody'],
  ['/manifest', 401, 'bootstrap', 'router', 403],
  ['/hop-key', 401, 403, 'router', 403],
])('%s: nobody %s, admin %s, router %s, viewer %s', async (path, nobody, admin, router, viewer) => {
  expect(await ask(path)).toBe(nobody);
  expect(await ask(path, { authorization: `Bearer ${ADMIN}` })).toBe(admin);
  expect(await ask(path, { authorization: `bearer ${ROUTER}` })).toBe(router);
  expect(await ask(path, { authorization: `Bearer ${VIEWER}` })).toBe(viewer);
});

test('a workload needs both tokens and nothing beside them', async () => {
  const both = { 'workload-identity-token': 'a', 'workload-proof-token': 'b' };
  expect(await ask('/read', both)).toBe(403);
  expect(await ask('/read', { 'workload-identity-token': 'a' })).toBe(401);
  expect(await ask('/read', { 'workload-proof-token': 'b' })).toBe(401);
  expect(await ask('/read', { ...both, authorization: `Bearer ${ADMIN}` })).toBe(401);
});

test('a JWT that is refused says why', async () => {
  const answer = await app.request('/read', { headers: { authorization: 'Bearer eyJ.e30.y' } });
  expect(await answer.json()).toMatchObject({ status: 401, detail: 'The token is refused: it is not the viewer.' });
});

test('the refusal says how to ask', async () => {
  const answer = await app.request('/read');
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="gossamer-admin"');
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({ status: 401, code: 'unauthenticated', title: 'Unauthorized' });
});
