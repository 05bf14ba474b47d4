import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  applyAnswer,
  resource,
  resourceList,
  revisionDetail,
  routerList,
  statsAnswer,
} from '../../policy-store/api/schemas.ts';
import type { DecisionRecord } from '../../snapshot/decision.ts';
import type { ExplainRequest } from '../../snapshot/explanation.ts';
import type { TelemetryReport } from '../../snapshot/telemetry.ts';
import { DURATION_BUCKETS } from '../../snapshot/telemetry.ts';
import type { Place, TestStore } from './store-harness.ts';
import { ADMIN_TOKEN, openStore, ROUTER_TOKEN, service, testPorts } from './store-harness.ts';

const report = (sequence: number): TelemetryReport => ({
  router: 'r1',
  sequence,
  series: [
    {
      labels: {
        reporter: 'router',
        source: 'spiffe://mesh.local/ns/shop/sa/web',
        destination: 'shop/orders',
        backend: 'shop/orders',
        route: 'none',
        method: 'GET',
        code: '200',
        reason: 'none',
      },
      requests: 3,
      retries: 0,
      durationSum: 0.03,
      durationBuckets: [0, 3, ...Array<number>(DURATION_BUCKETS.length - 1).fill(0)],
    },
  ],
});

/** The manners of the admin API: who may, what bodies, how it refuses, and that it describes itself. */
export function apiContract(place: Place): void {
  let mesh: TestStore;
  const asked: ExplainRequest[] = [];
  beforeAll(async () => {
    const explain = async (_: unknown, ask: ExplainRequest) => {
      asked.push(ask);
      return { revision: 1, verdict: 'forwarded' as const, summary: 'It goes through.', steps: [] };
    };
    mesh = await openStore(await place.fresh(), testPorts({ explain }));
  });
  afterAll(() => mesh.store.close());

  const describedOperations = async () => {
    const { body } = await mesh.ask('GET', '/openapi.json', { token: null });
    return Object.entries<Record<string, { security: unknown[]; responses: object }>>(body.paths).flatMap(
      ([path, item]) =>
        Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
    );
  };

  test('the description names every operation of the contract', async () => {
    const found = (await describedOperations()).map(({ method, path }) => `${method} ${path}`);
    expect(found.sort()).toMatchInlineSnapshot(`
      [
        "DELETE /v1/approvals/{id}",
        "DELETE /v1/namespaces/{namespace}/{kind}/{name}",
        "DELETE /v1/revocations/{kind}/{value}",
        "DELETE /v1/routers/{id}",
        "GET /.well-known/oauth-authorization-server",
        "GET /healthz",
        "GET /metrics",
        "GET /openapi.json",
        "GET /readyz",
        "GET /v1/approvals",
        "GET /v1/audit",
        "GET /v1/audit/verify",
        "GET /v1/decisions",
        "GET /v1/decisions/{id}",
        "GET /v1/identities",
        "GET /v1/keys",
        "GET /v1/namespaces/{namespace}/{kind}",
        "GET /v1/namespaces/{namespace}/{kind}/{name}",
        "GET /v1/resources",
        "GET /v1/revisions",
        "GET /v1/revisions/{revision}",
        "GET /v1/revocations",
        "GET /v1/routers",
        "GET /v1/snapshot/chunks/{sha256}",
        "GET /v1/snapshot/hop-key",
        "GET /v1/snapshot/manifest",
        "GET /v1/snapshot/manifest-keys",
        "GET /v1/stats",
        "GET /v1/trust-bundle",
        "GET /v1/whoami",
        "POST /v1/apply",
        "POST /v1/approvals/{id}",
        "POST /v1/dev/tokens",
        "POST /v1/explain",
        "POST /v1/join-tokens",
        "POST /v1/keys/rotate",
        "POST /v1/keys/{kid}/revoke",
        "POST /v1/replay",
        "POST /v1/revocations",
        "POST /v1/telemetry",
        "POST /v1/token",
        "POST /v1/what-can",
        "POST /v1/who-can",
        "PUT /v1/namespaces/{namespace}/{kind}/{name}",
      ]
    `);
  });

  test('what is described as closed is closed, what is described as open is open', async () => {
    for (const { method, path, security } of await describedOperations()) {
      const { status } = await mesh.ask(method, path.replace(/\{\w+\}/g, 'x'), { token: null });
      expect([`${method} ${path}`, status === 401]).toEqual([`${method} ${path}`, security.length > 0]);
    }
  });

  test('the router token opens the snapshot and telemetry, and nothing else', async () => {
    const ask = async (path: string) => (await mesh.ask('GET', path, { token: ROUTER_TOKEN })).status;
    expect([await ask('/v1/snapshot/manifest'), await ask('/v1/snapshot/hop-key')]).toEqual([200, 200]);
    expect([await ask('/v1/resources'), await ask('/metrics'), await ask('/v1/routers')]).toEqual([403, 403, 403]);
    expect((await mesh.ask('GET', '/v1/snapshot/hop-key')).status).toBe(403);
  });

  test.each([
    ['no content type', undefined, 'x', 415, 'content_type_unsupported'],
    ['another content type', 'text/plain', 'x', 415, 'content_type_unsupported'],
    ['over 4 MiB', 'application/yaml', `# ${'x'.repeat(4 * 1024 * 1024)}`, 413, 'request_too_large'],
  ])('a body with %s is refused', async (_, type, body, status, code) => {
    const answer = await mesh.ask('POST', '/v1/apply', { body, ...(type !== undefined && { type }) });
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('a streamed body is cut off at the limit', async () => {
    const endless = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65_536).fill(35)) });
    const init = { method: 'POST', body: endless, duplex: 'half' };
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/yaml' };
    const answer = await mesh.store.fetch(
      new Request('http://store.test/v1/apply', { ...init, headers } as RequestInit),
    );
    expect(answer.status).toBe(413);
  });

  test('a body that is not UTF-8 is refused', async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/yaml' };
    const body = new Uint8Array([0x61, 0xff]);
    const answer = await mesh.store.fetch(new Request('http://store.test/v1/apply', { method: 'POST', body, headers }));
    expect(await answer.json()).toMatchObject({ status: 400, code: 'request_invalid' });
  });

  test.each(['/v1/apply?dryRun=yes', '/v1/apply?wait=soon', '/v1/apply?prune=1'])(
    '%s is refused before anything happens',
    async (path) => {
      const answer = await mesh.ask('POST', path, { body: service('never'), type: 'application/yaml' });
      expect(answer).toMatchObject({ status: 400, body: { code: 'request_invalid' } });
      expect((await mesh.ask('GET', '/v1/namespaces/shop/Service/never')).status).toBe(404);
    },
  );

  test('what there is not is a problem document that says where to look', async () => {
    const answer = await mesh.ask('GET', '/v1/nothing');
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(answer.body.detail).toContain('/openapi.json');
  });

  test('nothing of the API is kept by a cache that does not know better', async () => {
    for (const path of ['/v1/resources', '/v1/snapshot/hop-key', '/v1/nothing', '/healthz']) {
      const { headers } = await mesh.ask('GET', path, { token: path.includes('hop') ? ROUTER_TOKEN : ADMIN_TOKEN });
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
    }
  });

  test('telemetry is counted once, and shown as statistics and metrics', async () => {
    const push = (sequence: number) =>
      mesh.ask('POST', '/v1/telemetry', {
        token: ROUTER_TOKEN,
        body: JSON.stringify(report(sequence)),
        type: 'application/json',
      });
    expect([(await push(1)).body, (await push(1)).body]).toEqual([{ accepted: true }, { accepted: false }]);
    const { body } = await mesh.ask('GET', '/v1/stats?window=10s');
    expect(body).toMatchObject({ windowSeconds: 10, edges: [{ destination: 'shop/orders', requests: 3, success: 1 }] });
    const { text, headers } = await mesh.ask('GET', '/metrics');
    expect(headers.get('content-type')).toContain('version=0.0.4');
    expect(text).toMatch(/^istio_requests_total\{.*destination_service="orders.shop.mesh".*\} 3$/m);
  });

  test('decisions that routers push can be asked for, until their time is over', async () => {
    const decisionId = 'ab'.repeat(16);
    const decisions: DecisionRecord[] = [
      {
        decisionId,
        at: 1,
        duration: 2,
        reporter: 'router',
        revision: 1,
        generation: 1,
        method: 'GET',
        scheme: 'http',
        authority: 'orders.shop.mesh',
        path: '/a',
        destination: 'shop/orders',
        attempts: [],
        status: 403,
        reason: 'permission_denied',
      },
    ];
    const body = JSON.stringify({ ...report(7), router: 'r7', decisions });
    await mesh.ask('POST', '/v1/telemetry', { token: ROUTER_TOKEN, body, type: 'application/json' });
    const kept = { ...decisions[0], router: 'r7' };
    expect((await mesh.ask('GET', `/v1/decisions/${decisionId}`)).body).toEqual(kept);
    expect((await mesh.ask('GET', '/v1/decisions?reason=permission_denied&limit=5')).body).toEqual({ items: [kept] });
    expect((await mesh.ask('GET', '/v1/decisions?service=shop/other')).body).toEqual({ items: [] });
    expect((await mesh.ask('GET', '/v1/decisions?limit=0')).status).toBe(400);
    mesh.ports.time.now += 15 * 60_000;
    expect(await mesh.ask('GET', `/v1/decisions/${decisionId}`)).toMatchObject({ status: 404 });
  });

  test('telemetry that is none is refused', async () => {
    const wrong = { ...report(2), series: [{ requests: 'many' }] };
    const init = { token: ROUTER_TOKEN, body: JSON.stringify(wrong), type: 'application/json' };
    expect((await mesh.ask('POST', '/v1/telemetry', init)).status).toBe(400);
  });

  test('explain asks the routers’ own decisions', async () => {
    const caller = { from: 'spiffe://mesh.local/ns/shop/sa/web', remoteAddress: '192.0.2.7', headers: { 'x-a': 'b' } };
    const ask = { ...caller, method: 'GET', url: 'http://orders.shop.mesh/x' };
    const { body } = await mesh.ask('POST', '/v1/explain', { body: JSON.stringify(ask), type: 'application/json' });
    expect(body).toMatchObject({ verdict: 'forwarded', summary: 'It goes through.' });
    expect(asked).toEqual([ask]);
  });

  test('answers are as they are described, member by member', async () => {
    const applied = await mesh.apply(service('orders'), '?wait=1s');
    expect(applyAnswer.parse(applied.body)).toEqual(applied.body);
    const headers = { 'gossamer-router-id': 'r1', 'gossamer-router-role': 'router' };
    await mesh.ask('GET', '/v1/snapshot/manifest', { token: ROUTER_TOKEN, headers });
    for (const [path, schema] of [
      ['/v1/namespaces/shop/Service/orders', resource],
      ['/v1/resources', resourceList],
      [`/v1/revisions/${applied.body.revision}`, revisionDetail],
      ['/v1/routers', routerList],
      ['/v1/stats', statsAnswer],
    ] as const) {
      const { body } = await mesh.ask('GET', path);
      expect(schema.parse(body)).toEqual(body);
    }
  });

  test('the router token never opens an operation of the administrator', async () => {
    for (const { method, path, security } of await describedOperations()) {
      if (security.length === 0 || /^.v1.(snapshot|telemetry|replay|routers.)/.test(path)) continue;
      const { status } = await mesh.ask(method, path.replace(/\{\w+\}/g, 'x'), { token: ROUTER_TOKEN });
      expect([`${method} ${path}`, status]).toEqual([`${method} ${path}`, 403]);
    }
  });

  test('closing finishes what is under way, ends long polls, and answers the rest with 503', async () => {
    const other = await openStore(await place.fresh());
    const { generation } = await other.manifest();
    const poll = other.ask('GET', '/v1/snapshot/manifest?wait=60s', {
      token: ROUTER_TOKEN,
      headers: { 'if-none-match': `"${generation}"` },
    });
    const apply = other.apply(service('last'));
    await Promise.all([other.store.close(), other.store.close()]);
    expect([(await apply).status, [200, 304].includes((await poll).status)]).toEqual([200, true]);
    expect(await other.ask('GET', '/readyz')).toMatchObject({ status: 503, body: { code: 'store_closing' } });
  });

  test('no answer and no line of the log holds a token', async () => {
    await mesh.ask('GET', '/v1/resources', { token: 'a-wrong-token-of-somebody' });
    await mesh.ask('POST', '/v1/apply', { body: '{', type: 'application/json' });
    const text = mesh.ports.lines.join('\n');
    for (const secret of [ADMIN_TOKEN, ROUTER_TOKEN, 'a-wrong-token']) expect(text).not.toContain(secret);
  });
}
