import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOGIN, type Login, login, provenWorkload } from './admin-callers.ts';
import type { Place, TestStore } from './store-harness.ts';
import { documents, openStore, service, testPorts, workload } from './store-harness.ts';

const BINDINGS = `
apiVersion: gossamer.mesh/v1
kind: MeshConfig
metadata: { name: mesh }
spec:
  issuers: [{ issuer: "${LOGIN}" }]
  access:
    - { role: service-owner, namespaces: [shop], workload: spiffe://mesh.local/ns/shop/sa/deployer }
    - { role: viewer, oidc: { issuer: "${LOGIN}", claims: { sub: vera } } }
    - { role: auditor, oidc: { issuer: "${LOGIN}", claims: { groups: audit } } }
`;
const secret = (namespace: string): string => `
apiVersion: v1
kind: Secret
metadata: { name: tls, namespace: ${namespace} }
type: kubernetes.io/tls
stringData: { tls.crt: hunter2-crt, tls.key: hunter2-key }
`;
const YAML = { type: 'application/yaml' };

/** Who may do what: credentials, roles, namespaces, and what of it is written down. */
export function accessContract(place: Place): void {
  let mesh: TestStore;
  let idp: Login;
  let deployer: Awaited<ReturnType<typeof provenWorkload>>;
  let vera: string;
  beforeAll(async () => {
    idp = await login();
    mesh = await openStore(await place.fresh(), testPorts({ outside: idp.outside }));
    await mesh.apply(documents(BINDINGS, workload('deployer'), secret('shop'), secret('pay')));
    deployer = await provenWorkload(mesh, 'shop', 'deployer');
    vera = await idp.token({ sub: 'vera' });
  });
  afterAll(() => mesh.store.close());

  const lastAudit = async () => (await mesh.ask('GET', '/v1/audit?limit=500')).body.items.at(-1);

  test('a person with a token of a listed issuer reads, and does not write', async () => {
    expect((await mesh.ask('GET', '/v1/resources', { token: vera })).status).toBe(200);
    const answer = await mesh.ask('POST', '/v1/apply', { ...YAML, body: service('a'), token: vera });
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await lastAudit()).toMatchObject({
      actor: `oidc:${LOGIN}#vera`,
      action: 'refused',
      subject: 'POST /v1/apply',
    });
  });

  test('a group of a token is as good as its subject', async () => {
    const token = await idp.token({ sub: 'somebody', groups: ['staff', 'audit'] });
    expect((await mesh.ask('GET', '/v1/audit/verify', { token })).body).toMatchObject({ intact: true });
    expect((await mesh.ask('GET', '/v1/audit', { token: vera })).status).toBe(403);
  });

  test.each([
    ['another audience', { sub: 'vera' }, { aud: 'http://elsewhere.test' }],
    ['another issuer', { sub: 'vera' }, { iss: 'https://evil.test' }],
    ['expired', { sub: 'vera' }, { exp: 1_700_000_000 }],
    ['no subject', {}, {}],
  ])('a token with %s opens nothing', async (_, claims, change) => {
    const token = await idp.token(claims, change);
    expect((await mesh.ask('GET', '/v1/resources', { token })).status).toBe(401);
  });

  test('somebody without a binding is known, and may nothing', async () => {
    const token = await idp.token({ sub: 'stranger' });
    expect((await mesh.ask('GET', '/v1/resources', { token })).status).toBe(403);
  });

  test('a workload writes in its namespace, and a document elsewhere refuses all', async () => {
    const body = service('mine');
    expect((await deployer('POST', '/v1/apply', { ...YAML, body })).status).toBe(200);
    const both = documents(service('never'), service('foreign').replace('namespace: shop', 'namespace: pay'));
    const answer = await deployer('POST', '/v1/apply?dryRun=true', { ...YAML, body: both });
    expect(answer).toMatchObject({ status: 403 });
    expect(answer.body.detail).toContain('Service pay/foreign');
    expect((await mesh.ask('GET', '/v1/namespaces/shop/Service/never')).status).toBe(404);
  });

  test('a workload does not prune, delete, replace or rebind what is not its own', async () => {
    const all = await Promise.all([
      deployer('POST', '/v1/apply?prune=true', { ...YAML, body: service('mine') }),
      deployer('DELETE', '/v1/namespaces/pay/Secret/tls'),
      deployer('PUT', '/v1/namespaces/pay/Secret/tls', { ...YAML, body: secret('pay') }),
      deployer('DELETE', '/v1/namespaces/_/MeshConfig/mesh'),
      deployer('POST', '/v1/apply', { ...YAML, body: BINDINGS }),
      deployer('POST', '/v1/apply', { ...YAML, body: workload('deployer', '{ keys: [] }') }),
    ]);
    expect(all.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    expect((await mesh.ask('GET', '/v1/namespaces/pay/Secret/tls')).status).toBe(200);
  });

  test.each([
    ['another body', { 'gossamer.mesh/bd': 'x' }],
    ['another method', { htm: 'GET' }],
    ['another query', { 'gossamer.mesh/q': 'x' }],
    ['another audience', { aud: 'http://orders.shop.mesh' }],
    ['an hour too long', { exp: Date.parse('2026-11-23T11:00:00Z') / 1000 }],
    ['no single use', { jti: undefined }],
  ])('a proof for %s opens nothing', async (_, claims) => {
    const ask = { ...YAML, body: service('b'), claims };
    expect((await deployer('POST', '/v1/apply', ask)).status).toBe(401);
  });

  test('a proof is used once', async () => {
    const ask = { claims: { jti: 'the-same' } };
    expect((await deployer('GET', '/v1/revocations', ask)).status).toBe(200);
    expect((await deployer('GET', '/v1/revocations', ask)).status).toBe(401);
  });

  test('values of Secrets are for their owner, and whoever reads them is written down', async () => {
    const path = (namespace: string) => `/v1/namespaces/${namespace}/Secret/tls`;
    const texts = [
      (await mesh.ask('GET', path('shop'), { token: vera })).text,
      (await mesh.ask('GET', '/v1/resources', { token: vera })).text,
      (await mesh.ask('GET', '/v1/revisions/1', { token: vera })).text,
      (await deployer('GET', path('pay'))).text,
    ];
    for (const text of texts) {
      expect(text).toContain('***');
      expect(text).not.toContain('hunter2');
    }
    expect((await deployer('GET', path('shop'))).text).toContain('hunter2-key');
    expect(await lastAudit()).toMatchObject({
      actor: 'spiffe://mesh.local/ns/shop/sa/deployer',
      action: 'read-secrets',
      subject: 'Secret shop/tls',
    });
  });

  test('no answer and no line of the log or the audit log holds a credential or a secret', async () => {
    const audit = (await mesh.ask('GET', '/v1/audit?limit=500')).text;
    for (const word of [vera, 'hunter2', 'eyJ']) {
      expect(audit).not.toContain(word);
      expect(mesh.ports.lines.join('\n')).not.toContain(word);
    }
  });

  test('a revoked workload has lost its role', async () => {
    const body = JSON.stringify({ ids: ['spiffe://mesh.local/ns/shop/sa/deployer'] });
    await mesh.ask('POST', '/v1/revocations', { body, type: 'application/json' });
    expect((await deployer('GET', '/v1/resources')).status).toBe(401);
  });
}
