import { expect, test } from 'vitest';
import { type ApiParts, adminApi } from './app.ts';
import { type Api, endpoint, json } from './endpoint.ts';
import { whoami } from './schemas.ts';

/** Nothing else behind the door is reached here: no request of these tests passes it. */
const parts = { decisions: { age: 60_000 }, ports: {} } as ApiParts;
const routesOnly = (): Api =>
  adminApi(parts, { adminToken: 'admin-token-0123456789', routerToken: 'router-token-0123456789' });

/** What `endpoint()` describes, as Hono names it, and what it needs. */
function described(api: Api): Map<string, unknown> {
  const routes = api.openAPIRegistry.definitions.filter((one) => one.type === 'route').map(({ route }) => route);
  return new Map(
    routes
      .filter((route) => 'x-needs' in route)
      .map((route) => [`${route.method.toUpperCase()} ${route.path.replace(/\{(\w+)\}/g, ':$1')}`, route['x-needs']]),
  );
}

/** Routes of the application that can answer and that `endpoint()` did not make, so that nobody said what they need. */
function strays(api: Api): string[] {
  const known = described(api);
  const raw = new Set(api.routes.map(({ method, path }) => `${method} ${path}`));
  return [...raw].filter((route) => route !== 'ALL /*' && !known.has(route));
}

test('every route of the admin API was made by endpoint()', () => {
  const api = routesOnly();
  expect(described(api).size).toBeGreaterThan(40);
  expect(strays(api)).toEqual([]);
  // Headers, the door, escaped NULs: one more for all paths has to be looked at here.
  expect(api.routes.filter(({ method, path }) => method === 'ALL' && path === '/*')).toHaveLength(3);
});

test('without a token every route is shut but those that need nothing', async () => {
  const api = routesOnly();
  const shut = [...described(api)].filter(([, needs]) => needs !== 'nothing').map(([route]) => route);
  const answers = shut.map(async (route) => {
    const [method = '', path = ''] = route.split(' ');
    return `${route} ${(await api.request(path, { method })).status}`;
  });
  expect(await Promise.all(answers)).toEqual(shut.map((route) => `${route} 401`));
});

test.each<[string, (api: Api) => unknown]>([
  ['GET /v1/back-door', (api) => api.get('/v1/back-door', (ask) => ask.text('in'))],
  ['ALL /v1/back-door', (api) => api.all('/v1/back-door', (ask) => ask.text('in'))],
  ['ALL /v1/back/*', (api) => api.use('/v1/back/*', async (ask) => ask.text('in'))],
  ['POST /v1/whoami', (api) => api.on('POST', '/v1/whoami', (ask) => ask.text('in'))],
  [
    'GET /v1/back-door',
    (api) =>
      api.openapi(
        { method: 'get', path: '/v1/back-door', responses: { 200: { description: 'in' } } },
        () => new Response('in'),
      ),
  ],
])('%s that goes round it is found', (route, add) => {
  const api = routesOnly();
  add(api);
  expect(strays(api)).toEqual([route]);
});

test('one that goes through it is none', () => {
  const api = routesOnly();
  const operation = { method: 'get', path: '/v1/front/{door}', summary: 'x', needs: 'self:read' } as const;
  endpoint(api, { ...operation, responses: json('x', whoami) }, [], () => new Response());
  expect(strays(api)).toEqual([]);
});
