import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { StoreRefusal } from '../refusal.ts';
import type { ApiEnv } from './access.ts';
import { access } from './access.ts';
import { problemOf } from './problem.ts';

const ADMIN = 'admin-token-0123456789';
const ROUTER = 'router-token-0123456789';

const app = new Hono<ApiEnv>();
app.use('*', access(ADMIN, ROUTER));
app.all('*', (c) => c.text(c.get('actor')));
app.onError((error) => problemOf(error instanceof StoreRefusal ? error : new StoreRefusal('internal_error', 'x')));

const ask = async (method: string, path: string, authorization?: string) => {
  const answer = await app.request(path, { method, headers: authorization ? { authorization } : {} });
  return answer.ok ? answer.text() : answer.status;
};

test.each(['/healthz', '/readyz', '/openapi.json', '/v1/trust-bundle', '/.well-known/oauth-authorization-server'])(
  'GET %s is open',
  async (path) => {
    expect(await ask('GET', path)).toBe('anybody');
  },
);

test.each([
  ['POST', '/v1/apply'],
  ['GET', '/v1/snapshot/manifest'],
  ['GET', '/metrics'],
  ['POST', '/healthz'],
  ['GET', '/v1/token'],
  ['GET', '/no/such/route'],
])('%s %s is closed without a token', async (method, path) => {
  expect(await ask(method, path)).toBe(401);
});

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
  expect(await ask('GET', '/v1/revisions', authorization)).toBe(401);
});

test.each([
  ['GET', '/v1/snapshot/manifest', 'admin', 'router'],
  ['GET', '/v1/snapshot/chunks/0', 'admin', 'router'],
  ['POST', '/v1/telemetry', 'admin', 'router'],
  ['GET', '/v1/snapshot/hop-key', 403, 'router'],
  ['POST', '/v1/apply', 'admin', 403],
  ['GET', '/v1/stats', 'admin', 403],
  ['POST', '/v1/dev/tokens', 'admin', 403],
  ['DELETE', '/v1/snapshot/manifest', 'admin', 403],
  ['GET', '/v1/snapshots', 'admin', 403],
])('%s %s: admin %s, router %s', async (method, path, admin, router) => {
  expect(await ask(method, path, `Bearer ${ADMIN}`)).toBe(admin);
  expect(await ask(method, path, `bearer ${ROUTER}`)).toBe(router);
});

test('the refusal says how to ask', async () => {
  const answer = await app.request('/v1/revisions');
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="gossamer-admin"');
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({ status: 401, code: 'unauthenticated', title: 'Unauthorized' });
});
