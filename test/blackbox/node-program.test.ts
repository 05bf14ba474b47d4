import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { call, head } from './client.ts';
import { meshDocuments } from './mesh.ts';
import { PolicyStore } from './policy-store.ts';
import { jsonReady, Program, stopAll } from './process.ts';
import { Upstream } from './upstream.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gossamer-node-'));
const dev = { command: 'dev', memory: true };
let upstream: Upstream;
let sink: Server;
const exported: string[] = [];

const start = (options: object, env: Record<string, string> = {}): Promise<Program> =>
  Program.start(process.execPath, ['workers/node/main.ts', JSON.stringify(options)], { ready: jsonReady, env });

/** What a start that must fail says. */
async function failure(options: object): Promise<string> {
  const error = await start(options).then(
    () => new Error('it started'),
    (thrown: Error) => thrown,
  );
  return error.message;
}

beforeAll(async () => {
  upstream = await Upstream.start('a');
  sink = createServer(async (request, response) => {
    exported.push(await text(request));
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(sink, 'listening');
});
afterAll(async () => {
  await stopAll();
  upstream.stop();
  sink.close();
  rmSync(scratch, { recursive: true, force: true });
});

test('dev keeps its secrets to its owner, in a folder that goes with it', async () => {
  const program = await start(dev);
  const { adminTokenFile = '' } = program.ready;
  const folder = dirname(adminTokenFile);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of ['admin-token', 'router-token', 'key-encryption.key', 'router-join.json']) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
  expect(program.lines.join('\n')).not.toContain(readFileSync(adminTokenFile, 'utf8').trim());
  expect(await program.stop('SIGINT')).toBe(0);
  expect(existsSync(folder)).toBe(false);
});

test('requests that are served need no line each', async () => {
  const store = await PolicyStore.start();
  await store.apply(meshDocuments(upstream, upstream, 1));
  const as = await store.enrol('shop', 'cart');
  const options = { command: 'router', join: store.joinFile, data: join(scratch, 'lines') };
  const program = await start(options, { GOSSAMER_ACCESS_LOG: 'refused' });
  const url = program.ready.router as string;
  await vi.waitFor(async () => expect((await call(url, { to: 'orders-a.shop.mesh', path: '/', as })).status).toBe(200));
  await call(url, { to: 'nobody.shop.mesh', path: '/', as });
  await program.stop();
  const told = program.lines
    .filter((line) => line.includes('"event":"request"'))
    .map((line) => JSON.parse(line).reason);
  expect(told).toContain('service_not_found');
  expect(told).not.toContain(undefined);
  await store.stop();
});

test('a word that it does not know ends the start', async () => {
  const failed = start({ ...dev, host: '127.0.0.1' }, { GOSSAMER_ACCESS_LOG: 'some' });
  await expect(failed).rejects.toThrow('GOSSAMER_ACCESS_LOG is none of all, refused, none');
});

test('a request under way ends before the program does', async () => {
  const store = await PolicyStore.start();
  await store.apply(meshDocuments(upstream, upstream, 1));
  const as = await store.enrol('shop', 'cart');
  const url = store.program.ready.router as string;
  await vi.waitFor(async () => expect((await call(url, { to: 'orders-a.shop.mesh', path: '/', as })).status).toBe(200));
  const response = await head(url, { to: 'orders-a.shop.mesh', path: '/hold', as, headers: { 'x-test': 'drain' } });
  const stopped = store.program.stop();
  await vi.waitFor(() => expect(store.program.lines.join()).toContain('stopping'));
  upstream.release('drain', 'last', true);
  expect(await text(response)).toBe('first;last');
  expect(await stopped).toBe(0);
});

test('what a start that fails says: a port in use, a folder in use, a broken token, no database', async () => {
  const data = join(scratch, 'data');
  const program = await start({ command: 'policy-store', data });
  const adminPort = Number(new URL(program.ready.admin as string).port);
  expect(await failure({ ...dev, adminPort })).toContain(`port ${adminPort} on 127.0.0.1 is in use`);
  expect(await failure({ command: 'policy-store', data })).toMatch(/is in use by process \d+/);
  await program.stop();
  writeFileSync(join(data, 'admin-token'), 'short');
  expect(await failure({ command: 'policy-store', data })).toContain('holds no usable secret');
  const databaseUrl = 'postgres://mesh:hidden@127.0.0.1:1/mesh';
  const unreachable = await failure({ command: 'policy-store', databaseUrl, data: join(scratch, 'other') });
  expect(unreachable).toContain('127.0.0.1:1');
  expect(unreachable).not.toContain('hidden');
});

test('documents with errors: file, line, and nothing starts', async () => {
  const file = join(scratch, 'bad.yaml');
  writeFileSync(file, 'apiVersion: gossamer.mesh/v1\nkind: Service\nmetadata: {name: a}\nspec:\n  endpoint: []\n');
  const message = await failure({ ...dev, files: [file] });
  expect(message).toMatch(new RegExp(`${file}:5:\\d+: error: .*endpoints`));
  expect(message).toContain('ended with 1');
  expect(await failure({ ...dev, files: [join(scratch, 'none.yaml')] })).toContain('does not exist');
});

test('documents of a folder are served when it says that it is ready', async () => {
  const folder = mkdtempSync(join(scratch, 'documents-'));
  writeFileSync(join(folder, 'mesh.json'), JSON.stringify(meshDocuments(upstream, upstream, 1)));
  const store = await PolicyStore.start({ files: [folder] });
  const as = await store.enrol('shop', 'cart');
  const answer = await call(store.program.ready.router as string, { to: 'orders-a.shop.mesh', path: '/', as });
  expect(answer.status).toBe(200);
  await store.program.stop();
});

test("a Gateway's own sockets open and close with its annotation", async () => {
  const store = await PolicyStore.start();
  const [, , ...documents] = meshDocuments(upstream, upstream, 1);
  await store.apply(documents);
  const address = '127.0.77.1:18077';
  await store.call('POST', '/v1/apply?wait=10s', [gatewayWith({ 'gossamer.mesh/bind': `80=${address}` })]);
  const ask = () => call(`http://${address}`, { to: 'www.shop.example', byHost: true, path: '/closed/x' });
  expect((await ask()).status).toBe(403);
  await store.call('POST', '/v1/apply?wait=10s', [gatewayWith({})]);
  await expect(ask()).rejects.toThrow('ECONNREFUSED');
  await store.program.stop();
});

const gatewayWith = (annotations: Record<string, string>): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'front', namespace: 'shop', annotations },
  spec: {
    gatewayClassName: 'gossamer',
    listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '*.shop.example' }],
  },
});

test('nobody waits for a router that was stopped', async () => {
  const store = await PolicyStore.start();
  const router = await start({ command: 'router', join: store.joinFile, data: join(scratch, 'stopped') });
  const known = async () => ((await store.call('GET', '/v1/routers')).routers as object[]).length;
  await vi.waitFor(async () => expect(await known()).toBe(2));
  expect(await router.stop()).toBe(0);
  expect(await known()).toBe(1);
  const applied = await store.call('POST', '/v1/apply?wait=20s', meshDocuments(upstream, upstream, 1));
  expect(applied).toMatchObject({ waited: true });
  await store.stop();
});

test('a router that starts while the policy store is away serves by what it kept on disk', async () => {
  const store = await PolicyStore.start();
  await store.apply(meshDocuments(upstream, upstream, 1));
  const as = await store.enrol('shop', 'cart');
  const options = { command: 'router', join: join(scratch, 'join.json'), data: join(scratch, 'router') };
  writeFileSync(options.join, readFileSync(store.joinFile));
  const first = await start(options);
  const ask = (program: Program) => call(program.ready.router as string, { to: 'orders-a.shop.mesh', path: '/', as });
  await vi.waitFor(async () => expect((await ask(first)).status).toBe(200));
  await Promise.all([first.stop('SIGKILL'), store.program.stop('SIGKILL')]);
  const second = await start(options);
  expect((await ask(second)).status).toBe(200);
  expect((await fetch(`${second.ready.ops}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${second.ready.ops}/metrics`)).text()).toMatch(
    /gossamer_router_stage_runs_total\{stage="screen"\} 1\n/,
  );
  expect(await second.stop()).toBe(0);
});

test('traffic shows in the stats of the policy store, in access lines and in spans', async () => {
  const { port } = sink.address() as { port: number };
  const store = await PolicyStore.start({}, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  await store.apply(meshDocuments(upstream, upstream, 1));
  const as = await store.enrol('shop', 'cart');
  const ask = () => call(store.program.ready.router as string, { to: 'orders-a.shop.mesh', path: '/a?secret=1', as });
  await vi.waitFor(async () => expect((await ask()).status).toBe(200));
  await vi.waitFor(async () => expect((await store.call('GET', '/v1/stats?window=60s')).edges).toHaveLength(1), 10_000);
  await vi.waitFor(() => expect(exported.join()).toContain('"name":"GET'), 10_000);
  const lines = store.program.lines.filter((line) => line.includes('"event":"request"'));
  expect(lines.join()).toContain('"path":"/a"');
  expect(lines.join()).not.toMatch(/secret|eyJ/);
  await store.program.stop();
});
