import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMesh, issuedToken } from '../../sdk/index.ts';
import { type Ended, gossamer, launcher, Program } from './programs.ts';

interface Ready {
  readonly gateway: string;
  readonly router: string;
  readonly admin: string;
  readonly adminTokenFile: string;
}

const cwd = mkdtempSync(join(tmpdir(), 'gossamer-dev-'));
let upstream: Server;
let dev: Program;
let ready: Ready;

const documents = (port: number): string => `
apiVersion: gossamer.mesh/v1
kind: Service
metadata: { name: orders, namespace: shop }
spec: { ports: [{ port: 80 }], endpoints: [{ url: "http://127.0.0.1:${port}" }] }
---
apiVersion: gossamer.mesh/v1
kind: Workload
metadata: { name: cart, namespace: shop }
spec: {}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: orders, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: orders }]
  rules: [{ from: [{ source: { principals: [mesh.local/ns/shop/sa/cart] } }], to: [{ operation: { paths: [/ok] } }] }]
`;

const run = (args: string, stdin?: string): Promise<Ended> =>
  gossamer(args, {
    cwd,
    env: { GOSSAMER_ADMIN: ready.admin, NO_COLOR: '1' },
    ...(stdin === undefined ? {} : { stdin }),
  });

beforeAll(async () => {
  upstream = createServer((request, response) => response.end(`orders ${request.url}`)).listen(0, '127.0.0.1');
  await new Promise((resolve) => upstream.once('listening', resolve));
  writeFileSync(join(cwd, 'mesh.yaml'), documents((upstream.address() as AddressInfo).port));
  const ports = ['--gateway-port', '0', '--router-port', '0', '--admin-port', '0'];
  dev = new Program(process.execPath, [launcher, 'dev', '-f', 'mesh.yaml', ...ports, '--log', 'json'], { cwd });
  ready = JSON.parse(await dev.line('"event":"ready"')) as Ready;
});

afterAll(async () => {
  dev.signalGroup('SIGKILL');
  upstream.close();
  rmSync(cwd, { recursive: true, force: true });
});

test('the token file is where it says, and its owner’s alone', () => {
  expect(ready.adminTokenFile).toBe(join(cwd, '.gossamer', 'admin-token'));
  expect(statSync(ready.adminTokenFile).mode & 0o777).toBe(0o600);
});

test('a token of the command line opens what policy allows, and nothing else', async () => {
  const { out, code } = await run('token --workload cart -n shop --json');
  expect(code).toBe(0);
  const token = JSON.parse(out) as { wit: string; privateJwk: JsonWebKey; spiffeId: string; expiresAt: number };
  expect(Object.keys(token)).toEqual(['wit', 'privateJwk', 'spiffeId', 'expiresAt']);
  const mesh = createMesh({ identity: issuedToken(token), router: ready.router, trustBundle: { keys: [] } });
  expect(await (await mesh.fetch('http://orders.shop.mesh/ok')).text()).toBe('orders /ok');
  const denied = await mesh.fetch('http://orders.shop.mesh/other');
  expect([denied.status, denied.headers.get('mesh-reason')]).toEqual([403, 'permission_denied']);
});

test('documents that were applied before ready are there, and diff sees no difference', async () => {
  const listed = await run('get services -n shop');
  expect(listed.out).toMatch(/^NAME +ENDPOINTS +PORTS +STATUS +AGE\norders +1 +80 +OK +\d+s\n$/);
  expect(await run('diff -f mesh.yaml')).toMatchObject({ code: 0, out: '' });
});

test('describe says what belongs to a service', async () => {
  const { out, code } = await run('describe service orders -n shop');
  expect(code).toBe(0);
  expect(out).toMatch(/^ {2}Identity +spiffe:\/\/mesh\.local\/ns\/shop\/sa\/orders$/m);
  expect(out).toMatch(
    /^ {2}shop\/orders +ALLOW +service +from principals mesh\.local\/ns\/shop\/sa\/cart to paths \/ok$/m,
  );
  expect(out).toMatch(/^ {2}Programmed +True/m);
});

test('the same mesh in TypeScript differs in nothing but what it spells out, wherever its file lies', async () => {
  const [url] = /http:\/\/127[^"]*/.exec(readFileSync(join(cwd, 'mesh.yaml'), 'utf8')) ?? [];
  const mesh = `{ namespace: 'shop', services: { orders: '${url}' }, workloads: ['cart'], policies: {
    orders: { allow: 'cart', to: 'orders', paths: ['/ok'] } } }`;
  const text = `import { defineMesh } from 'gossamer/config';\nexport default defineMesh(${mesh});\n`;
  writeFileSync(join(cwd, 'mesh.config.ts'), text);
  const diff = await run('diff -f mesh.config.ts');
  expect(diff).toMatchObject({ code: 1, err: '', out: expect.stringContaining('+  action: ALLOW') });
  expect(diff.out.match(/^\+\+\+/gm)).toHaveLength(1);
  writeFileSync(join(cwd, 'mesh.config.ts'), text.replace("'cart', to", "'carts', to"));
  const wrong = await run('apply -f mesh.config.ts');
  expect([wrong.code, wrong.err]).toEqual([
    1,
    expect.stringMatching(/^gossamer: mesh\.config\.ts:2 failed: policies\.orders\.allow: .*did you mean "cart"/),
  ]);
});

test('a change is diffed, tried, applied and served', async () => {
  const changed = readFileSync(join(cwd, 'mesh.yaml'), 'utf8').replace('[/ok]', '[/ok, /other]');
  const diff = await run('diff -f -', changed);
  expect([diff.code, diff.out]).toEqual([1, expect.stringMatching(/^\+ +- \/other$/m)]);
  expect((await run('apply -f - --dry-run', changed)).out).toContain('shop/orders configured (dry run)');
  expect((await run('diff -f -', changed)).code).toBe(1);
  expect((await run('apply -f - --wait 10s', changed)).code).toBe(0);
  const asked = await run('explain --from spiffe://mesh.local/ns/shop/sa/cart GET http://orders.shop.mesh/other');
  expect(asked.out).toMatch(/FORWARDED/);
});

test('explain says who decided', async () => {
  const { out, code } = await run(
    'explain --from spiffe://mesh.local/ns/shop/sa/thief GET http://orders.shop.mesh/ok --json',
  );
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ verdict: 'refused', reason: 'permission_denied', status: 403 });
});

test('a field that does not exist is refused with its place, and what may be meant', async () => {
  const service = readFileSync(join(cwd, 'mesh.yaml'), 'utf8').replace('endpoints:', 'endpionts:');
  const { code, err } = await run('apply -f -', service);
  expect([code, err]).toEqual([1, expect.stringMatching(/^stdin:5:\d+: error: .*endpoints.* \[unknown-field\]$/m)]);
});

test('status names the router that serves the mesh', async () => {
  const { code, out } = await run('status');
  expect([code, out]).toEqual([0, expect.stringMatching(/ready, revision \d+\n\n[\s\S]*SYNCED/)]);
});

test('delete takes a document away once', async () => {
  expect((await run('delete workload cart -n shop')).out).toBe('workload.gossamer.mesh/shop/cart deleted\n');
  expect(await run('delete workload cart -n shop')).toMatchObject({ code: 1 });
});

test('a wrong token and a store that is not there are told apart', async () => {
  writeFileSync(join(cwd, 'wrong'), 'not-the-token-at-all');
  const refused = await run('status --token-file wrong');
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('does not accept this admin token')]);
  const absent = await run('status --admin http://127.0.0.1:9');
  expect([absent.code, absent.err]).toEqual([1, expect.stringContaining('`gossamer dev`')]);
});

test('a second mesh in the same folder is refused in one line', async () => {
  const second = await gossamer('dev --gateway-port 0 --router-port 0 --admin-port 0 --log json', { cwd });
  expect(second.code).toBe(1);
  expect(second.out + second.err).toMatch(/in use by process \d+/);
});

// Last: it ends the mesh of the tests above.
test('SIGTERM drains and ends with 0', async () => {
  dev.child.kill('SIGTERM');
  expect(await dev.ended).toMatchObject({ code: 0, signal: null });
  expect(existsSync(ready.adminTokenFile)).toBe(true);
});
