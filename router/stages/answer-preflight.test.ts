import { expect, test } from 'vitest';
import type { Filter, RouteMatch } from '../../snapshot/route.ts';
import { meshPipeline } from '../pipeline.ts';
import { backendAtWeight, prefixMatch, ruleAt, serviceAt } from '../routing/mesh.fake.ts';
import { codeOf, Served } from '../served.fake.ts';

const CORS: Filter = {
  type: 'CORS',
  allowOrigins: ['https://app.test'],
  allowMethods: ['PUT'],
  allowHeaders: [],
  exposeHeaders: [],
  allowCredentials: false,
  maxAge: 5,
};
const PREFLIGHT = { origin: 'https://app.test', 'access-control-request-method': 'PUT' };

/** A service that nobody is allowed to call, so that only what comes before `authorize` answers. */
function closed(filters: readonly Filter[], matches: readonly RouteMatch[] = [prefixMatch('/')]): Promise<Served> {
  const rules = [ruleAt(0, { filters, backends: [backendAtWeight('shop/orders')] }), ruleAt(1)];
  const orders = serviceAt('shop/orders', {
    peerAuthentication: 'PERMISSIVE',
    routes: { default: { matches, rules }, byPort: {} },
  });
  return Served.start(meshPipeline, { reporter: 'router', mesh: { services: [orders] } });
}

const asked = async (served: Served, headers: Readonly<Record<string, string>> = PREFLIGHT, method = 'OPTIONS') => {
  const reply = await served.ask({ method, headers });
  return [reply.status, codeOf(reply), reply.headers.get('access-control-allow-origin')];
};

test('a preflight is answered although nobody may call, and nothing is forwarded', async () => {
  const served = await closed([CORS]);
  expect(await asked(served)).toEqual([204, undefined, 'https://app.test']);
  expect(await asked(served, { ...PREFLIGHT, origin: 'https://evil.test' })).toEqual([204, undefined, undefined]);
  expect(served.transport.calls).toEqual([]);
});

test.each([
  ['OPTIONS without a method to ask for', 'OPTIONS', { origin: 'https://app.test' }],
  ['OPTIONS without an origin', 'OPTIONS', { 'access-control-request-method': 'PUT' }],
  ['another method', 'PUT', PREFLIGHT],
])('%s is a request like any other', async (_, method, headers) => {
  expect((await asked(await closed([CORS]), headers, method)).slice(0, 2)).toEqual([403, 'permission_denied']);
});

test('a refusal can be read by the pages that could read the answer', async () => {
  expect(await asked(await closed([CORS]), PREFLIGHT, 'PUT')).toEqual([403, 'permission_denied', 'https://app.test']);
});

test('without a CORS filter a preflight is a request', async () => {
  expect(await asked(await closed([]))).toEqual([403, 'permission_denied', undefined]);
});

test('a filter that could not be resolved is not skipped', async () => {
  const served = await closed([CORS, { type: 'Invalid', reason: 'gone' }]);
  expect((await asked(served)).slice(0, 2)).toEqual([403, 'permission_denied']);
});

test('a rule that names a method answers the preflight of that method', async () => {
  const byMethod = await closed([CORS], [prefixMatch('/', { method: 'PUT' })]);
  expect((await asked(byMethod))[0]).toBe(204);
  expect((await asked(byMethod, { ...PREFLIGHT, 'access-control-request-method': 'GET' }))[1]).toBe('route_not_found');
});
