import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, describe, expect, test } from 'vitest';
import { currentContext } from './call-context.ts';
import type { Caller } from './caller.ts';
import { meshCalls as expressMiddleware } from './express.ts';
import { type FastifyReply, type FastifyRequest, meshCalls as fastifyPlugin } from './fastify.ts';
import { meshCalls as honoMiddleware, type MeshCallVariables } from './hono.ts';
import { issuedToken } from './issued-token.ts';
import { createMesh, type Mesh } from './mesh.ts';
import { boundCall, bundleOf, CART, meshCall, newKey, ORDERS, SetClock, THEN, witFor } from './surroundings.fake.ts';

const hop = await newKey();
const identity = issuedToken({ wit: await witFor(ORDERS, THEN + 1800, hop), privateJwk: hop.privateJwk });
const newMesh = (bundle = bundleOf([hop, 'hop-1']) as string | ReturnType<typeof bundleOf>): Mesh =>
  createMesh({ identity, router: 'http://router', trustBundle: bundle, clock: new SetClock() });
const unreachable = 'http://127.0.0.1:9/secret-place';

/** Reads a body as body-parser and Fastify do: with `data` and `end`. */
async function parse(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(request, 'end');
  return Buffer.concat(chunks).toString();
}
const answerOf = (caller: unknown, body: string) =>
  JSON.stringify({ caller, body: body.length > 99 ? body.length : body, trace: currentContext().requestId });

/** Calls middleware as Express does: `originalUrl` is the raw target, `url` loses the mount point. */
function expressServer(mesh: Mesh): Server {
  const middleware = expressMiddleware(mesh);
  return createServer((request, response: ServerResponse & { locals?: { caller?: Caller } }) => {
    response.locals = {};
    const mounted = Object.assign(request, { originalUrl: request.url ?? '', url: '/' });
    void middleware(mounted, response, async (error) => {
      if (error !== undefined) response.statusCode = 500;
      const body = currentContext().requestId === undefined ? '' : await parse(request);
      response.end(answerOf(response.locals?.caller?.spiffeId, body));
    });
  });
}

/** Runs the plugin's hooks in Fastify's order: onRequest, parsing, preValidation, handler. */
function fastifyServer(mesh: Mesh): Server {
  type Hook = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;
  const hooks = new Map<string, Hook>();
  fastifyPlugin(
    { decorateRequest: () => undefined, addHook: (name, hook) => hooks.set(name, hook) },
    { mesh },
    () => undefined,
  );
  return createServer((raw, response) => {
    const request: FastifyRequest = { raw, originalUrl: raw.url ?? '' };
    const reply: FastifyReply = {
      code: (status) => {
        response.statusCode = status;
      },
      headers: (headers) => void response.setHeaders(new Map(Object.entries(headers))),
      send: (body) => response.end(body),
    };
    hooks.get('onRequest')?.(request, reply, () => {
      const chunks: Buffer[] = [];
      raw.on('data', (chunk: Buffer) => chunks.push(chunk));
      raw.on('end', () =>
        hooks.get('preValidation')?.(request, reply, () =>
          response.end(answerOf(request.caller?.spiffeId, Buffer.concat(chunks).toString())),
        ),
      );
    });
  });
}

function honoServer(mesh: Mesh): Server {
  const app = new Hono<{ Variables: MeshCallVariables }>();
  app.use(honoMiddleware(mesh));
  app.all('*', async (c) => c.body(answerOf(c.var.caller.spiffeId, await c.req.text())));
  return serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
}

const open: Server[] = [];
afterAll(() => {
  for (const server of open) server.close().closeAllConnections();
});
async function listen(server: Server): Promise<string> {
  open.push(server);
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each([
  ['Express', expressServer],
  ['Fastify', fastifyServer],
  ['Hono on Node', honoServer],
])('%s', async (_name, make) => {
  const url = await listen(make(newMesh()));
  const target = '/pay/a%2Fb?x=1&x=2';
  const send = async (meshCallText: string | undefined, init: RequestInit & { readonly duplex?: 'half' } = {}) => {
    const headers = { 'x-request-id': 'r-1', ...(meshCallText && { 'mesh-call': meshCallText }) };
    const response = await fetch(url + target, { method: 'POST', ...init, headers });
    return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
  };
  const streamOf = (...chunks: string[]) => new Response(chunks.join('')).body as ReadableStream;

  test('lets in what came through the mesh, and tells who calls', async () => {
    const { status, body } = await send(await meshCall(hop), { body: 'text' });
    expect([status, body]).toEqual([200, { caller: CART, body: 'text', trace: 'r-1' }]);
  });

  test.each<[string, () => Promise<string | undefined>]>([
    ['nothing', async () => undefined],
    ['a call to another service', () => meshCall(hop, { aud: CART })],
    ['two Mesh-Calls', async () => `${await meshCall(hop)}, ${await meshCall(hop)}`],
    ['another body', () => boundCall(hop, { target, body: 'other' })],
    ['another path', () => boundCall(hop, { target: '/pay/a/b?x=1&x=2', body: 'text' })],
  ])('answers 403 to %s', async (_case, text) => {
    const { status, type, body } = await send(await text(), { body: 'text' });
    expect([status, type]).toEqual([403, 'application/problem+json']);
    expect(body).toMatchObject({ code: 'mesh_call_invalid' });
  });

  const large = 'x'.repeat(900_000);
  test.each<[string, string, () => BodyInit | null]>([
    ['known', 'text', () => 'text'],
    ['streamed', 'text', () => streamOf('te', 'xt')],
    ['large', large, () => large],
    ['large and streamed', large, () => streamOf(large)],
    ['none', '', () => null],
    ['streamed and empty', '', () => streamOf()],
  ])('what reads the body after the check finds it whole: %s', async (_case, body, make) => {
    const { status, body: answer } = await send(await boundCall(hop, { target, body }), {
      body: make(),
      duplex: 'half',
    });
    expect([status, answer]).toEqual([
      200,
      { caller: CART, body: body.length > 99 ? body.length : body, trace: 'r-1' },
    ]);
  });

  test('takes one of two copies', async () => {
    const text = await boundCall(hop, { target, body: 'text' });
    const answers = await Promise.all([send(text, { body: 'text' }), send(text, { body: 'text' })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
  });

  test('answers 503 without keys, and does not say where they should have come from', async () => {
    const blind = await listen(make(newMesh(unreachable)));
    const answer = await fetch(blind, { headers: { 'mesh-call': await meshCall(hop) } });
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('secret-place');
  });
});

test('a body that is larger than can be checked is refused, and the connection closed', async () => {
  const url = await listen(expressServer(newMesh()));
  const headers = { 'mesh-call': await boundCall(hop, { target: '/', body: 'x' }) };
  const answer = await fetch(url, { method: 'POST', headers, body: 'x'.repeat(1_048_577) });
  expect([answer.status, answer.headers.get('connection')]).toEqual([413, 'close']);
});
