import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommandLine } from './application.ts';
import { type FakeContext, fakeContext } from './context.fake.ts';

type World = NonNullable<Parameters<typeof fakeContext>[0]>;

async function gossamer(line: string, world: World = {}): Promise<FakeContext & { readonly code: number }> {
  const context = fakeContext(world);
  const code = await runCommandLine(line.split(' '), context);
  return Object.assign(context, { code });
}

const scratch = mkdtempSync(join(tmpdir(), 'gossamer-cli-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function folder(files: Record<string, string>): string {
  const cwd = mkdtempSync(join(scratch, 'case-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, name, '..'), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  return cwd;
}

const workload = (name: string): string =>
  `apiVersion: gossamer.mesh/v1\nkind: Workload\nmetadata: { name: ${name}, namespace: shop }\nspec: {}\n`;
const stored = (name: string, labels?: object) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Workload',
  metadata: { name, namespace: 'shop', uid: 'u1', resourceVersion: '3', ...(labels && { labels }) },
  spec: {},
  status: { conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted', message: '' }] },
});
const workloadPath = (name: string): string => `/v1/namespaces/shop/Workload.gossamer.mesh/${name}`;
const applied = (outcome: string, more: object = {}) => ({
  revision: 4,
  results: [{ apiVersion: 'gossamer.mesh/v1', kind: 'Workload', namespace: 'shop', name: 'cart', outcome }],
  diagnostics: [],
  ...more,
});

test.each([
  ['nope', 2, 'there is no command "nope"'],
  ['get', 2, 'KIND'],
  ['get routes --nope', 2, '--nope'],
  ['get nokind', 2, 'no kind of document'],
  ['apply', 2, '-f mesh.yaml'],
  ['delete HTTPRoute', 2, 'KIND NAME'],
  ['dev --gateway-port 70000', 2, '70000'],
  ['dev --memory --data x', 2, '--memory'],
  ['explain ftp://x', 2, 'no address of a mesh service'],
  ['explain http://x.mesh/ -H nocolon', 2, 'no header'],
  ['get routes --admin nope', 2, 'no URL'],
  ['diff', 2, '-f mesh.yaml'],
])('%s ends with %i and says %s', async (line, code, text) => {
  const run = await gossamer(line);
  expect([run.code, run.err()]).toEqual([code, expect.stringContaining(text)]);
});

test('with --json a failure is one JSON document too', async () => {
  const run = await gossamer('get routes --json');
  expect(run.code).toBe(1);
  expect(JSON.parse(run.out())).toMatchObject({ error: { code: 'store_unreachable' } });
});

test('apply sends the documents of files, folders and standard input as one list', async () => {
  const cwd = folder({ 'a.yaml': workload('one'), 'more/b.yml': workload('two'), 'more/readme.txt': 'no' });
  const store = { 'POST /v1/apply': [200, applied('created')] } as const;
  const run = await gossamer('apply -f a.yaml -f more -f -', { cwd, store, stdin: workload('three') });
  const names = (run.sent[0]!.body as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
  expect(names).toEqual(['one', 'two', 'three']);
  expect(run.out()).toBe('workload.gossamer.mesh/shop/cart created\nrevision 4\n');
});

test('apply asks for what its flags say', async () => {
  const store = { 'POST /v1/apply': [200, applied('created')] } as const;
  const run = await gossamer('apply -f - --dry-run --prune --wait 5s', { store, stdin: workload('cart') });
  expect(run.sent[0]?.path).toBe('/v1/apply?dryRun=true&prune=true&wait=5s');
  expect(run.out()).toContain('created (dry run)');
});

test('an error in a file is told with its place, and nothing is sent', async () => {
  const cwd = folder({ 'bad.yaml': workload('cart').replace('spec:', 'sepc:') });
  const run = await gossamer('apply -f bad.yaml', { cwd, store: {} });
  expect([run.code, run.sent]).toEqual([1, []]);
  expect(run.err()).toMatch(/^bad\.yaml:4:\d+: error: .*sepc/);
});

test('what the store finds is told at the place of the document', async () => {
  const cwd = folder({ 'a.yaml': `${workload('one')}---\n${workload('cart')}` });
  const diagnostics = [{ severity: 'error', code: 'bad', message: 'no', resource: 'Workload shop/cart', path: 'spec' }];
  const store = {
    'POST /v1/apply': [422, { title: 'Unprocessable', code: 'documents_invalid', diagnostics }],
  } as const;
  const run = await gossamer('apply -f a.yaml', { cwd, store });
  expect(run.code).toBe(1);
  expect(run.err()).toMatch(/^a\.yaml:9:\d+: error: Workload shop\/cart spec: no \[bad\]/);
});

const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: cart }\nspec: {}\n';

test.each(['apply', 'diff', 'delete'])('%s says what it leaves out', async (command) => {
  const store = { 'POST /v1/apply': [200, applied('created')] } as const;
  const run = await gossamer(`${command} -f -`, { store, stdin: `${deployment}---\n${workload('cart')}` });
  expect(run.err()).toMatch(/^stdin:2:1: warning: Deployment cart kind: Deployment is left out: .* \[kind-left-out]\n/);
});

test('apply says what it leaves out in JSON too, and where nothing else is there', async () => {
  const store = { 'POST /v1/apply': [200, applied('created')] } as const;
  const json = await gossamer('apply -f - --json', { store, stdin: `${deployment}---\n${workload('cart')}` });
  expect(JSON.parse(json.out())).toMatchObject({ diagnostics: [{ code: 'kind-left-out', line: 2, file: 'stdin' }] });
  const alone = await gossamer('apply -f -', { store, stdin: deployment });
  expect([alone.code, alone.sent, alone.err()]).toEqual([1, [], expect.stringContaining('Deployment is left out')]);
});

test('apply --wait fails when a router is late', async () => {
  const store = { 'POST /v1/apply': [200, applied('created', { waited: false })] } as const;
  const run = await gossamer('apply -f - --wait 1s', { store, stdin: workload('cart') });
  expect([run.code, run.err()]).toEqual([1, expect.stringContaining('gossamer status')]);
});

test('get prints a table with the state of each document', async () => {
  const store = { 'GET /v1/resources': [200, { items: [stored('cart')] }] } as const;
  const run = await gossamer('get workloads -A', { store });
  expect(run.out()).toBe('NAMESPACE   NAME   KEYS   STATUS   AGE\nshop        cart   0      OK       -\n');
});

test('get of one document prints it as YAML', async () => {
  const store = { [`GET ${workloadPath('cart')}`]: [200, stored('cart')] } as const;
  const run = await gossamer('get workload cart -n shop -o yaml', { store });
  expect(run.out()).toContain('kind: Workload\nmetadata:\n  name: cart\n  namespace: shop\n');
});

test('get of what is not there fails and says where to look', async () => {
  const run = await gossamer('get HTTPRoute payments -n shop', { store: {} });
  expect([run.code, run.err()]).toEqual([1, expect.stringContaining('there is no HTTPRoute shop/payments')]);
});

test('delete removes one document', async () => {
  const path = workloadPath('cart');
  const store = { [`GET ${path}`]: [200, stored('cart')], [`DELETE ${path}`]: [200, {}] } as const;
  const run = await gossamer('delete workload cart -n shop', { store });
  expect([run.code, run.out()]).toEqual([0, 'workload.gossamer.mesh/shop/cart deleted\n']);
});

test('delete -f begins with the last document and tells what was not there', async () => {
  const path = workloadPath('two');
  const store = { [`GET ${path}`]: [200, stored('two')], [`DELETE ${path}`]: [200, {}] } as const;
  const run = await gossamer('delete -f -', { store, stdin: `${workload('one')}---\n${workload('two')}` });
  expect(run.code).toBe(1);
  expect(run.out()).toBe('workload.gossamer.mesh/shop/two deleted\nworkload.gossamer.mesh/shop/one not found\n');
});

test.each([
  ['the same', stored('cart'), 0, ''],
  ['another', stored('cart', { team: 'blue' }), 1, '-    team: blue\n'],
])('diff of %s', async (_, document, code, text) => {
  const store = { [`GET ${workloadPath('cart')}`]: [200, document] } as const;
  const run = await gossamer('diff -f -', { store, stdin: workload('cart') });
  expect([run.code, run.out()]).toEqual([code, expect.stringContaining(text)]);
});

test('diff never shows what is in a Secret', async () => {
  const secret = (data: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'edge', namespace: 'shop' },
    type: 'kubernetes.io/tls',
    data,
  });
  const { type, data, ...rest } = secret({ 'tls.crt': 'c2FtZQ==', 'tls.key': 'b2xk' });
  const store = { 'GET /v1/namespaces/shop/Secret.core/edge': [200, { ...rest, spec: { type, data } }] } as const;
  const stdin = JSON.stringify(secret({ 'tls.crt': 'c2FtZQ==', 'tls.key': 'bmV3' }));
  const runs = [
    await gossamer('diff -f -', { store, stdin }),
    await gossamer('diff -f - --json', { store: {}, stdin }),
  ];
  for (const run of runs) expect(run.out()).not.toMatch(/c2FtZQ|b2xk|bmV3/);
  expect(runs[0]?.out()).toContain('   tls.crt: "***"\n-  tls.key: "*** (before)"\n+  tls.key: "*** (after)"\n');
  expect(runs.map(({ code }) => code)).toEqual([1, 1]);
});

test('diff ends with 2 when it can not tell', async () => {
  expect((await gossamer('diff -f -', { stdin: workload('cart') })).code).toBe(2);
});

test('explain asks as the caller that it is told', async () => {
  const answer = { revision: 1, verdict: 'forwarded', summary: 'It is sent.', steps: [] };
  const store = { 'POST /v1/explain': [200, answer] } as const;
  const run = await gossamer('explain --from spiffe://m/x post orders.shop.mesh/a?b -H X-Y:z', { store });
  expect(run.sent[0]?.body).toEqual({
    from: 'spiffe://m/x',
    method: 'POST',
    url: 'http://orders.shop.mesh/a?b',
    headers: { 'x-y': 'z' },
  });
  expect(run.out()).toContain('FORWARDED');
});

test('token keeps the private key to itself and prints it', async () => {
  const store = { 'POST /v1/dev/tokens': [200, { wit: 'w', spiffeId: 'spiffe://m/x', expiresAt: 1 }] } as const;
  const run = await gossamer('token --workload cart -n shop --json', { store });
  const printed = JSON.parse(run.out()) as { privateJwk: JsonWebKey };
  expect(Object.keys(printed)).toEqual(['wit', 'privateJwk', 'spiffeId', 'expiresAt']);
  const { d, ...publicJwk } = printed.privateJwk;
  expect(d).toMatch(/^[\w-]{43}$/);
  expect(run.sent[0]?.body).toEqual({ namespace: 'shop', workload: 'cart', jwk: publicJwk });
});

test.each([
  [true, 200, 0],
  [false, 200, 1],
  [true, 503, 1],
])('status with a router synced=%s and ready=%i ends with %i', async (synced, ready, code) => {
  const router = {
    id: 'r1',
    role: 'router',
    runtime: 'node',
    revision: 4,
    generation: 5,
    lastSeen: Date.UTC(2026, 10, 23),
  };
  const store = {
    'GET /v1/routers': [200, { routers: [{ ...router, synced }] }],
    'GET /readyz': [ready, {}],
    'GET /v1/stats': [200, { revision: 4, edges: [] }],
  } as const;
  const run = await gossamer('status', { store });
  expect([run.code, run.out()]).toEqual([code, expect.stringContaining(synced ? 'SYNCED' : 'STALE')]);
});

test('dev becomes the worker with its options as JSON', async () => {
  const run = await gossamer('dev -f a.yaml -f - --memory --gateway-port 0 --admin-port 9 --log json');
  expect(run.replaced[0]?.program).toBe('workers/node/main.ts');
  expect(JSON.parse(run.replaced[0]?.args[0] ?? '')).toEqual({
    command: 'dev',
    host: '127.0.0.1',
    gatewayPort: 0,
    routerPort: 8081,
    adminPort: 9,
    data: '.gossamer',
    memory: true,
    log: 'json',
    files: ['a.yaml', '-'],
  });
});

test.each([
  ['serve policy-store --data /d', { command: 'policy-store', adminPort: 8082, data: '/d' }],
  ['serve router --join j.json', { command: 'router', routerPort: 8081, join: 'j.json' }],
  ['serve gateway --gateway-port 0', { command: 'gateway', gatewayPort: 0 }],
])('%s', async (line, options) => {
  const run = await gossamer(line);
  expect(JSON.parse(run.replaced[0]?.args[0] ?? '')).toMatchObject(options);
});
