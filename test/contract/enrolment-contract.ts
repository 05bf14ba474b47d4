import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outsideFetch } from '../../workers/node/outside-fetch.ts';
import { OutsideIssuer } from './outside-issuer.ts';
import type { Answer, Place, TestStore } from './store-harness.ts';
import { documents, ISSUER, openStore, testPorts, workload } from './store-harness.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const UID = '8c34a4b1-6a5e-4b7b-9b0f-3a6a4d1c2b3e';
const GITHUB = { repository: 'shop/cart', repository_id: '123456789', ref: 'refs/heads/main' };
const KUBERNETES = { 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'cart', uid: UID } } };
const DENO = { app_id: 'app-1', org_id: 'org-1', app_slug: 'cart' };

/** How workloads come in without a key in their document. */
export function enrolmentContract(place: Place): void {
  let mesh: TestStore;
  let outside: OutsideIssuer;
  let count = 0;
  beforeAll(async () => {
    outside = await OutsideIssuer.start();
    mesh = await openStore(await place.fresh(), testPorts({ outside: outsideFetch() }));
    const rules = [
      { issuer: outside.url, claims: { repository_id: '123456789', ref: 'refs/heads/main' } },
      { issuer: outside.url, audience: 'cluster', claims: { 'kubernetes.io.serviceaccount.uid': UID } },
      { issuer: outside.url, claims: { app_id: 'app-1' } },
    ];
    const config = `apiVersion: gossamer.mesh/v1\nkind: MeshConfig\nmetadata: { name: mesh }\nspec: { issuers: [{ issuer: "${outside.url}" }] }\n`;
    const applied = await mesh.apply(
      documents(config, workload('cart', JSON.stringify({ federation: rules })), workload('other')),
    );
    expect(applied.status).toBe(200);
  });
  afterAll(async () => {
    await mesh?.store.close();
    await outside?.stop();
  });

  const seconds = () => Math.floor(mesh.ports.time.now / 1000);
  async function keyPair() {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return { privateKey, jwk: await exportJWK(publicKey) };
  }
  type Pair = Awaited<ReturnType<typeof keyPair>>;
  const proof = ({ privateKey, jwk }: Pair) =>
    new SignJWT({ htm: 'POST', htu: `${ISSUER}/v1/token`, iat: seconds(), jti: `e${++count}` })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(privateKey);
  const token = async (form: Record<string, string>, pair: Pair): Promise<Answer> =>
    mesh.ask('POST', '/v1/token', {
      body: new URLSearchParams(form).toString(),
      type: 'application/x-www-form-urlencoded',
      token: null,
      headers: { dpop: await proof(pair) },
    });
  const exchange = async (claims: object, spiffeId = CART): Promise<Answer> =>
    token(
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: await outside.token({ aud: ISSUER, iat: seconds(), exp: seconds() + 300, ...claims }),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        spiffe_id: spiffeId,
      },
      await keyPair(),
    );
  const joinToken = async (ask: object) =>
    mesh.ask('POST', '/v1/join-tokens', { body: JSON.stringify(ask), type: 'application/json' });
  const join = (text: string, pair: Pair) =>
    token({ grant_type: 'urn:gossamer:params:oauth:grant-type:join-token', join_token: text }, pair);
  const byKey = async (pair: Pair): Promise<Answer> => {
    const claims = { iss: CART, sub: CART, aud: ISSUER, exp: seconds() + 60, jti: `a${++count}` };
    const assertion = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'client-authentication+jwt' })
      .sign(pair.privateKey);
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    return token({ grant_type: 'client_credentials', client_assertion_type: type, client_assertion: assertion }, pair);
  };

  test.each([
    ['GitHub', GITHUB],
    ['Kubernetes', { ...KUBERNETES, aud: ['cluster'] }],
    ['Deno Deploy', DENO],
  ])('a token as %s makes them is exchanged for the identity that its rule names', async (_, claims) => {
    const { status, body } = await exchange(claims);
    expect([status, status === 200 && decodeJwt(body.access_token).sub]).toEqual([200, CART]);
  });

  test.each<[string, object, string?]>([
    ['another repository of the same name', { ...GITHUB, repository_id: '987654321' }],
    ['another branch', { ...GITHUB, ref: 'refs/heads/evil' }],
    ['another audience', { ...GITHUB, aud: 'https://other.example' }],
    ['the audience of another rule', { ...GITHUB, aud: 'cluster' }],
    [
      'a service account that was made anew',
      { 'kubernetes.io': { serviceaccount: { name: 'cart', uid: 'x' } }, aud: 'cluster' },
    ],
    ['a workload without rules', GITHUB, 'spiffe://mesh.local/ns/shop/sa/other'],
    ['an expired token', { ...GITHUB, exp: 1 }],
  ])('is refused: %s', async (_, claims, spiffeId) => {
    expect(await exchange(claims, spiffeId)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('a key that the issuer rotates in is learned, and one that it dropped is forgotten', async () => {
    await outside.rotate();
    expect((await exchange(GITHUB)).status).toBe(400);
    mesh.ports.time.now += 6 * 60_000;
    expect((await exchange(GITHUB)).status).toBe(200);
  });

  test.each<[string, { status: number; location?: string }]>([
    ['is down', { status: 503 }],
    ['sends its readers elsewhere', { status: 302, location: 'http://169.254.169.254/keys' }],
  ])('an issuer that %s is believed by the keys it had', async (_, misbehaviour) => {
    outside.misbehaves = misbehaviour;
    mesh.ports.time.now += 11 * 60_000;
    expect((await exchange(GITHUB)).status).toBe(200);
    await outside.rotate();
    expect((await exchange(GITHUB)).status).toBe(400);
    outside.misbehaves = undefined;
    mesh.ports.time.now += 11 * 60_000;
    expect((await exchange(GITHUB)).status).toBe(200);
  });

  test('a Workload can not choose whom the mesh believes', async () => {
    const rule = { issuer: 'https://evil.example', claims: { repository_id: '123456789' } };
    const { status, body } = await mesh.apply(workload('cart', JSON.stringify({ federation: [rule] })));
    expect([status, body.diagnostics[0].code]).toEqual([422, 'issuer-not-listed']);
  });

  test('a join token registers one key, whoever of many is first, and that key renews', async () => {
    const { body } = await joinToken({ namespace: 'shop', workload: 'cart' });
    expect(body).toMatchObject({ spiffeId: CART, joinToken: expect.stringMatching(/^gjt_[\w-]{43}$/) });
    const pairs = await Promise.all([keyPair(), keyPair(), keyPair(), keyPair()]);
    const answers = await Promise.all(pairs.map((pair) => join(body.joinToken, pair)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
    const renewed = await Promise.all(pairs.map(async (pair) => (await byKey(pair)).status));
    expect(renewed).toEqual(answers.map(({ status }) => (status === 200 ? 200 : 401)));
  });

  test('a join token ends in time, and is for a Workload that there is', async () => {
    expect((await joinToken({ namespace: 'shop', workload: 'nobody' })).status).toBe(404);
    expect((await joinToken({ namespace: 'shop', workload: 'cart', ttl: '11m' })).status).toBe(400);
    const { body } = await joinToken({ namespace: 'shop', workload: 'cart', ttl: '5s' });
    mesh.ports.time.now += 5_000;
    expect(await join(body.joinToken, await keyPair())).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('a joined key is listed, and once revoked renews no more', async () => {
    const pair = await keyPair();
    const { body } = await joinToken({ namespace: 'shop', workload: 'cart' });
    await join(body.joinToken, pair);
    const listed = async () => {
      const { identities } = (await mesh.ask('GET', '/v1/identities')).body;
      const cart = identities.find(({ name }: { name: string }) => name === 'cart');
      return cart.keys.at(-1);
    };
    const { jkt } = await listed();
    expect((await byKey(pair)).status).toBe(200);
    await mesh.ask('POST', '/v1/revocations', { body: JSON.stringify({ jkts: [jkt] }), type: 'application/json' });
    expect(await byKey(pair)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await listed()).toMatchObject({ jkt, from: 'join-token', revoked: true });
  });

  test('neither the log nor the audit trail holds a join token', async () => {
    const { body } = await joinToken({ namespace: 'shop', workload: 'cart' });
    const audit = await mesh.ask('GET', '/v1/audit');
    expect(mesh.ports.lines.join() + audit.text).not.toContain(body.joinToken);
  });
}
