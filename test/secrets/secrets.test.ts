import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forge, forgePair } from '../../router/identity/token-forge.fake.ts';
import { hashText } from '../../router/identity/wit.ts';
import { certificateFor } from '../../workers/node/certificates.fake.ts';
import { launcher, Program } from '../cli/programs.ts';
import { type Exposed, leaks, type Secret } from './secret-grep.ts';

interface Ready {
  readonly gateway: string;
  readonly router: string;
  readonly admin: string;
  readonly adminTokenFile: string;
}

const marker = (name: string): string => `${name}-${randomUUID()}`;

/** Takes every request, and keeps what it was asked. */
async function server(
  answer: string,
): Promise<{ url: string; seen: string[]; headers: Record<string, unknown>[]; server: Server }> {
  const seen: string[] = [];
  const headers: Record<string, unknown>[] = [];
  const one = createServer((incoming, response) => {
    let text = '';
    headers.push(incoming.headers);
    incoming.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    incoming.on('end', () => {
      seen.push(text);
      response.end(answer);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => one.once('listening', resolve));
  return { url: `http://127.0.0.1:${(one.address() as AddressInfo).port}`, seen, headers, server: one };
}

interface Sent {
  readonly status: number;
  readonly text: string;
}

/** The answer whole: status line, headers and body. */
const send = (base: string, authority: string, path: string, headers: Record<string, string>): Promise<Sent> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const call = request({ hostname, port, path, headers: { ...headers, host: authority } }, (response) => {
      let text = JSON.stringify(response.headers);
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.once('error', reject).end();
  });

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe.each(['json', 'pretty'])('with logs as %s', (log) => {
  const cwd = mkdtempSync(join(tmpdir(), 'gossamer-secrets-'));
  const secrets: Secret[] = [];
  const exposed: Exposed[] = [];
  const keep = (name: string, text: string, allowedIn?: RegExp): string => {
    expect(text.length, name).toBeGreaterThan(15);
    secrets.push({ name, text, ...(allowedIn && { allowedIn }) });
    return text;
  };
  let upstream: Awaited<ReturnType<typeof server>>;
  let collector: Awaited<ReturnType<typeof server>>;
  let dev: Program;
  let ready: Ready;
  let adminToken = '';

  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    token = adminToken,
  ): Promise<{ status: number; text: string }> => {
    const response = await fetch(ready.admin + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const headers = JSON.stringify([...response.headers]);
    // What gives a token away gives it to whoever asked for it.
    if (method === 'GET' || response.status >= 400) exposed.push({ place: `${method} ${path}`, text: headers + text });
    return { status: response.status, text };
  };

  beforeAll(async () => {
    upstream = await server('stock');
    collector = await server('{}');
    const otlpToken = keep('collector token', marker('otlp'));
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: `x-key=${otlpToken}` };
    const ports = ['--gateway-port', '0', '--router-port', '0', '--admin-port', '0'];
    dev = new Program(process.execPath, [launcher, 'dev', ...ports, '--log', log], { cwd, env });
    ready = log === 'json' ? (JSON.parse(await dev.line('"event":"ready"')) as Ready) : await prettyReady(dev, cwd);
    const data = join(cwd, '.gossamer');
    const file = (name: string): string => readFileSync(join(data, name), 'utf8').trim();
    adminToken = keep('admin token', file('admin-token'), /^file admin-token$/);
    keep('router token', file('router-token'), /^file (?:router-token|router-join\.json)$/);
    keep('key encryption key', file('key-encryption.key'), /^file key-encryption\.key$/);
  });

  afterAll(() => {
    dev.signalGroup('SIGKILL');
    upstream.server.close();
    collector.server.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  test('every kind of secret is in play', async () => {
    const { certificate, privateKey } = await certificateFor('shop.example');
    // As one line it stands nowhere: PEM is wrapped. A line of its middle is what is looked for.
    const keyLine = privateKey.split('\n')[1] ?? '';
    // A Secret is shown to whoever may read Secrets; no file holds it, in the database it is sealed (docs/threat-model.md).
    keep('TLS key', keyLine, /^GET \/v1\/(?:resources|revisions|namespaces\/shop\/Secret)/);
    const applied = await ask('POST', '/v1/apply', documents(upstream.url, certificate, privateKey));
    expect([applied.status, applied.text]).toEqual([200, expect.any(String)]);
    const own = await forgePair();
    const jwk = { ...own.jwk, alg: 'ES256' };
    const minted = JSON.parse((await ask('POST', '/v1/dev/tokens', { namespace: 'shop', workload: 'cart', jwk })).text);
    keep('identity token', minted.wit);
    keep('private key of a caller', String(own.privateJwk.d));
    const joined = await ask('POST', '/v1/join-tokens', { namespace: 'shop', workload: 'cart' });
    const joinToken = Object.values(JSON.parse(joined.text)).find(
      (value) => typeof value === 'string' && value.length >= 43 && !value.includes('/'),
    );
    keep('join token', String(joinToken));

    const endUser = keep('end-user token', marker('eyJhbGciOiJub25lIn0'));
    const cookie = keep('cookie', marker('session'));
    const query = keep('secret in a query', marker('apikey'));
    const header = keep('header of an application', marker('x-api-key'));
    const ath = { ath: await hashText(endUser) };
    const prove = async (changes: object = {}): Promise<string> => {
      const claims = {
        aud: 'http://stock.shop.mesh',
        exp: Math.floor(Date.now() / 1000) + 30,
        jti: randomUUID(),
        wth: await hashText(minted.wit),
        ...ath,
        ...changes,
      };
      return forge({ typ: 'wpt+jwt', alg: 'ES256' }, claims, own.privateKey);
    };
    const carried = { authorization: `Bearer ${endUser}`, cookie: `a=${cookie}`, 'x-api-key': header };
    const call = async (path: string, more: Record<string, string>): Promise<Sent> => {
      const sent = await send(ready.router, 'stock.shop.mesh', `${path}?key=${query}`, { ...carried, ...more });
      exposed.push({ place: `answer of ${path}`, text: sent.text });
      return sent;
    };
    const proof = keep('proof token', await prove());
    const stale = keep('proof token that is refused', await prove({ aud: 'http://other.shop.mesh' }));
    const identity = { 'workload-identity-token': minted.wit as string };
    expect(await call('/ok', { ...identity, 'workload-proof-token': proof })).toMatchObject({ status: 200 });
    expect(await call('/denied', { ...identity, 'workload-proof-token': proof })).toMatchObject({ status: 403 });
    expect(await call('/ok', { ...identity, 'workload-proof-token': stale })).toMatchObject({ status: 400 });
    expect(await call('/ok', {})).toMatchObject({ status: 401 });
    expect((await call('/%2e%2e', { ...identity, 'workload-proof-token': proof })).status).toBe(400);
    const outside = await send(ready.gateway, 'shop.example', `/ok?key=${query}`, carried);
    exposed.push({ place: 'answer of the gateway', text: outside.text });
    keep('Mesh-Call', String(upstream.headers[0]?.['mesh-call']));
    expect((await ask('GET', '/v1/resources', undefined, marker('wrong'))).status).toBe(401);
    const opaque = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a' },
      type: 'Opaque',
      stringData: { a: endUser },
    };
    const keyed = {
      apiVersion: 'gossamer.mesh/v1',
      kind: 'Workload',
      metadata: { name: 'a' },
      spec: { keys: [own.privateJwk] },
    };
    expect((await ask('POST', '/v1/apply', [opaque])).status).toBe(422);
    expect((await ask('POST', '/v1/apply', [keyed])).status).toBe(422);
  });

  test('none of them is in an answer of the admin API, its metrics included', async () => {
    const { paths } = JSON.parse((await ask('GET', '/openapi.json')).text) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const reads = Object.entries(paths).filter(([, methods]) => methods.get !== undefined);
    const { hashes, id, kid } = await known();
    const values: Record<string, string> = {
      namespace: 'shop',
      kind: 'Service',
      name: 'stock',
      revision: '1',
      sha256: hashes,
      id,
      kid,
    };
    const asked = reads.map(([path]) =>
      path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'x')),
    );
    for (const path of asked) await ask('GET', path);
    await ask('GET', '/v1/namespaces/shop/Secret/web');
    await ask('POST', '/v1/explain', { method: 'GET', url: 'http://stock.shop.mesh/ok' });
    expect(reads.length).toBeGreaterThan(15);
    expect(leaks(secrets, exposed)).toEqual([]);
  });

  test('none is in traces, in what is printed, or in files that are not made for it', async () => {
    dev.child.kill('SIGTERM');
    const { out, err, code } = await dev.ended;
    expect(code).toBe(0);
    expect(collector.seen.length).toBeGreaterThan(0);
    expect(out + err).toContain('/denied');
    const data = join(cwd, '.gossamer');
    const files = filesOf(data).map((path) => ({
      place: `file ${relative(data, path)}`,
      text: readFileSync(path, 'latin1'),
    }));
    const all = [
      { place: 'stdout', text: out },
      { place: 'stderr', text: err },
      { place: 'traces', text: collector.seen.join('\n') },
      ...files,
    ];
    expect(leaks(secrets, all)).toEqual([]);
    // Keys of the mesh's own are wrapped: no private JWK stands in the database as such.
    const database = files.filter(({ place }) => place.startsWith('file postgres'));
    expect(database.length).toBeGreaterThan(10);
    expect(database.filter(({ text }) => /"d":\s*"[A-Za-z0-9_-]{43}"/.test(text)).map(({ place }) => place)).toEqual(
      [],
    );
    // The grep does find what is there.
    const planted = marker('planted');
    const encoded = ['', 'a', 'ab'].map((before) => Buffer.from(`${before}${planted} b`).toString('base64'));
    const places = [`a ${planted} b`, ...encoded].map((text) => ({ place: 'x', text }));
    expect(leaks([{ name: 'planted', text: planted }], places)).toEqual(places.map(() => 'planted in x'));
    const unbound = secrets.map(({ name, text }) => ({ name, text }));
    expect(leaks(unbound, files)).toEqual(
      expect.arrayContaining(['admin token in file admin-token', 'router token in file router-join.json']),
    );
  });

  /** What paths are filled in with, so that they answer with something. */
  async function known(): Promise<{ hashes: string; id: string; kid: string }> {
    const decisions = JSON.parse((await ask('GET', '/v1/decisions')).text);
    const keys = JSON.parse((await ask('GET', '/v1/keys')).text);
    const text = (value: unknown, pattern: RegExp): string => pattern.exec(JSON.stringify(value))?.[1] ?? 'x';
    return { hashes: 'a'.repeat(64), id: text(decisions, /"([0-9a-f]{32})"/), kid: text(keys, /"kid":"([^"]+)"/) };
  }
});

/** The addresses as people read them. */
async function prettyReady(dev: Program, cwd: string): Promise<Ready> {
  const lines = await Promise.all(['gateway', 'router', 'admin'].map((word) => dev.line(word)));
  const [gateway = '', router = '', admin = ''] = lines.map((line, i) => {
    const word = ['gateway', 'router', 'admin'][i];
    return new RegExp(`${word}\\S*\\s+\\S*?(http://[^\\s,]+)`).exec(line)?.[1] ?? '';
  });
  return { gateway, router, admin, adminTokenFile: join(cwd, '.gossamer', 'admin-token') };
}

function documents(url: string, certificate: string, privateKey: string): object[] {
  const at = (name: string) => ({ name, namespace: 'shop' });
  const own = 'gossamer.mesh/v1';
  const from = (path: string) => ({
    from: [{ source: { principals: ['mesh.local/ns/shop/sa/cart', 'mesh.local/ns/shop/sa/edge'] } }],
    to: [{ operation: { paths: [path] } }],
  });
  return [
    { apiVersion: own, kind: 'Service', metadata: at('stock'), spec: { ports: [{ port: 80 }], endpoints: [{ url }] } },
    { apiVersion: own, kind: 'Workload', metadata: at('cart'), spec: {} },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: at('web'),
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': certificate, 'tls.key': privateKey },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: at('edge'),
      spec: {
        gatewayClassName: 'gossamer',
        listeners: [
          { name: 'http', port: 80, protocol: 'HTTP' },
          { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'web' }] } },
        ],
      },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: at('stock'),
      spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'stock', port: 80 }] }] },
    },
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: at('stock'),
      spec: { targetRefs: [{ kind: 'Service', name: 'stock' }], rules: [from('/ok')] },
    },
  ];
}
