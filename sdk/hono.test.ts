import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { currentContext } from './call-context.ts';
import { type MeshCallVariables, meshCalls } from './hono.ts';
import { issuedToken } from './issued-token.ts';
import { createMesh } from './mesh.ts';
import { bundleOf, CART, fakeFetch, meshCall, newKey, ORDERS, SetClock, THEN, witFor } from './surroundings.fake.ts';

const hop = await newKey();
const identity = issuedToken({ wit: await witFor(ORDERS, THEN + 1800, hop), privateJwk: hop.privateJwk });

function appOf(trustBundle: Parameters<typeof createMesh>[0]['trustBundle'], forwardUser = true) {
  const fetch = fakeFetch(() => new Response('', { status: 500 }));
  const mesh = createMesh({
    identity,
    router: 'http://127.0.0.1:1',
    trustBundle,
    clock: new SetClock(),
    fetch,
    forwardUser,
  });
  const app = new Hono<{ Variables: MeshCallVariables }>();
  app.use(meshCalls(mesh));
  app.get('/', (c) => c.json({ caller: c.var.caller.spiffeId, context: currentContext() }));
  return app;
}
const app = appOf(bundleOf([hop, 'hop-1']));

test('lets in what came through the mesh, and tells who calls', async () => {
  const headers = { 'mesh-call': await meshCall(hop), baggage: 'k=v', authorization: 'Bearer user-token' };
  const answer = await app.request('/', { headers });
  expect(await answer.json()).toMatchObject({ caller: CART, context: { baggage: 'k=v', caller: { spiffeId: CART } } });
});

test.each([
  ['goes along', true, 'Bearer user-token', 'Bearer user-token'],
  ['stays where it is told to', false, 'Bearer user-token', undefined],
  ['is a bearer token, nothing else', true, 'Basic eDp5', undefined],
])('what the end user sent %s', async (_name, forward, sent, carried) => {
  const headers = { 'mesh-call': await meshCall(hop), authorization: sent };
  const answer = await appOf(bundleOf([hop, 'hop-1']), forward).request('/', { headers });
  const { context } = (await answer.json()) as { context: { authorization?: string } };
  expect(context.authorization).toBe(carried);
});

test.each([
  ['nothing', async () => ({})],
  ['a call to another service', async () => ({ 'mesh-call': await meshCall(hop, { aud: CART }) })],
])('answers 403 to %s', async (_name, make) => {
  const answer = await app.request('/', { headers: (await make()) as Record<string, string> });
  expect(answer.status).toBe(403);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({ status: 403, code: 'mesh_call_invalid' });
});

test('answers 503 without keys, and does not say where they should have come from', async () => {
  const headers = { 'mesh-call': await meshCall(hop) };
  const answer = await appOf('http://admin.internal/v1/trust-bundle').request('/', { headers });
  expect(answer.status).toBe(503);
  expect(await answer.text()).not.toContain('admin.internal');
});
