import { exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Place, TestStore } from './store-harness.ts';
import { ADMIN_TOKEN, ISSUER, openStore, ROUTER_TOKEN, workload } from './store-harness.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';

interface Pair {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

async function pair(): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { privateKey, jwk: await exportJWK(publicKey) };
}

/** Tokens for workloads, and how they are taken back. */
export function identityContract(place: Place): void {
  let mesh: TestStore;
  let registered: Pair;
  let bound: Pair;
  let count = 0;
  beforeAll(async () => {
    [registered, bound] = [await pair(), await pair()];
    mesh = await openStore(await place.fresh());
    await mesh.apply(workload('cart', JSON.stringify({ keys: [registered.jwk] })));
  });
  afterAll(() => mesh.store.close());

  const seconds = () => Math.floor(mesh.ports.time.now / 1000);
  const assertion = (claims: object = {}, key = registered) =>
    new SignJWT({
      iss: CART,
      sub: CART,
      aud: ISSUER,
      iat: seconds(),
      exp: seconds() + 60,
      jti: `a${++count}`,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'client-authentication+jwt' })
      .sign(key.privateKey);
  const proof = () =>
    new SignJWT({ htm: 'POST', htu: `${ISSUER}/v1/token`, iat: seconds(), jti: `p${++count}` })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: bound.jwk })
      .sign(bound.privateKey);
  const form = (text: string) =>
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: text,
    }).toString();
  const token = (body: string, dpop: string): Promise<Answer> =>
    mesh.ask('POST', '/v1/token', { body, type: 'application/x-www-form-urlencoded', token: null, headers: { dpop } });
  const devToken = (ask: object) =>
    mesh.ask('POST', '/v1/dev/tokens', { body: JSON.stringify(ask), type: 'application/json' });
  const revoke = (lists: object) =>
    mesh.ask('POST', '/v1/revocations', { body: JSON.stringify(lists), type: 'application/json' });
  const revocations = async () => (await mesh.manifest()).payload.revocations;

  /** Claims of a token that the key of the bundle signed. */
  async function claimsOf(wit: string) {
    const { body } = await mesh.ask('GET', '/v1/trust-bundle', { token: null });
    const { use: _, ...jwk } = body.keys.find((key: { use: string }) => key.use === 'wit-svid');
    return (await jwtVerify(wit, jwk, { currentDate: new Date(mesh.ports.time.now) })).payload;
  }

  test('a registered key gets a token for the key that it proves', async () => {
    const { status, body } = await token(form(await assertion()), await proof());
    expect([status, body.token_type]).toEqual([200, 'N_A']);
    const { uid } = (await mesh.ask('GET', '/v1/namespaces/shop/Workload/cart')).body.metadata;
    expect(await claimsOf(body.access_token)).toMatchObject({
      sub: CART,
      cnf: { jwk: { x: bound.jwk.x, y: bound.jwk.y } },
      'gossamer.mesh/uid': uid,
      exp: seconds() + body.expires_in,
    });
  });

  test('an assertion and a proof are good for once, in whatever order', async () => {
    const [text, dpop] = [await assertion(), await proof()];
    expect((await token(form(text), dpop)).status).toBe(200);
    expect(await token(form(text), await proof())).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await token(form(await assertion()), dpop)).toMatchObject({ body: { error: 'invalid_dpop_proof' } });
    const both = await Promise.all(
      Array(4)
        .fill(await assertion())
        .map(async (same) => token(form(same), await proof())),
    );
    expect(both).toHaveLength(4);
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('routers use up a single-use proof together, also at once; others may not', async () => {
    const use = (key: string, token: string | undefined = ROUTER_TOKEN, expiresAt = mesh.ports.time.now + 30_000) =>
      mesh.ask('POST', '/v1/replay', { body: JSON.stringify({ key, expiresAt }), type: 'application/json', token });
    const both = await Promise.all(Array.from({ length: 4 }, () => use('thumb.a')));
    expect(both.map(({ body }) => body.first).sort()).toEqual([false, false, false, true]);
    expect((await use('thumb.b')).body).toEqual({ first: true });
    expect(await use('thumb.c', ADMIN_TOKEN)).toMatchObject({ status: 403 });
    expect(await use('two words')).toMatchObject({ status: 400 });
  });

  test('the token endpoint as audience, another key, another subject: invalid_client', async () => {
    const other = 'spiffe://mesh.local/ns/shop/sa/other';
    for (const text of [
      await assertion({ aud: `${ISSUER}/v1/token` }),
      await assertion({}, bound),
      await assertion({ iss: other, sub: other }),
    ]) {
      expect(await token(form(text), await proof())).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
  });

  test('the metadata lead to the endpoint', async () => {
    const { body } = await mesh.ask('GET', '/.well-known/oauth-authorization-server', { token: null });
    expect(body).toMatchObject({ issuer: ISSUER, token_endpoint: `${ISSUER}/v1/token` });
  });

  test('in dev mode the administrator mints for a Workload without keys', async () => {
    await mesh.apply(workload('bare'));
    const { status, body } = await devToken({ namespace: 'shop', workload: 'bare', jwk: bound.jwk });
    expect(status).toBe(200);
    expect(body).toMatchObject({ spiffeId: 'spiffe://mesh.local/ns/shop/sa/bare' });
    expect(await claimsOf(body.wit)).toMatchObject({ sub: body.spiffeId, exp: body.expiresAt / 1000 });
  });

  test('an unknown Workload and a key that is none are refused', async () => {
    const ask = { namespace: 'shop', workload: 'cart', jwk: bound.jwk };
    expect(await devToken({ ...ask, workload: 'nobody' })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const withPrivate = { ...ask, jwk: { ...bound.jwk, d: 'x' } };
    expect(await devToken(withPrivate)).toMatchObject({ status: 422, body: { code: 'workload_key_invalid' } });
    expect(await devToken({ ...ask, extra: 1 })).toMatchObject({ status: 400, body: { code: 'request_invalid' } });
  });

  test('outside of dev mode nobody mints', async () => {
    const strict = await openStore(await place.fresh(), mesh.ports, { devMode: false });
    const answer = await strict.ask('POST', '/v1/dev/tokens', {
      body: JSON.stringify({ namespace: 'shop', workload: 'cart', jwk: bound.jwk }),
      type: 'application/json',
    });
    expect(answer).toMatchObject({ status: 403, body: { code: 'dev_mode_only' } });
    await strict.store.close();
  });

  test('a revocation is a new generation at once, and can be taken back', async () => {
    const before = await mesh.manifest();
    const { body } = await revoke({ ids: [CART], jkts: ['thumb'], issuedBefore: { [CART]: seconds() } });
    expect(body).toEqual({ revision: before.revision, generation: before.generation + 1 });
    expect(await revocations()).toMatchObject({ ids: [CART], jkts: ['thumb'], issuedBefore: { [CART]: seconds() } });
    const path = `/v1/revocations/ids/${encodeURIComponent(CART)}`;
    expect((await mesh.ask('DELETE', path)).status).toBe(200);
    expect(await revocations()).toMatchObject({ ids: [], jkts: ['thumb'] });
    expect(await mesh.ask('DELETE', path)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test('issuedBefore only moves forward, and ends when no token can be that old', async () => {
    await revoke({ issuedBefore: { [CART]: seconds() } });
    await revoke({ issuedBefore: { [CART]: seconds() - 100 } });
    expect((await revocations()).issuedBefore[CART]).toBe(seconds());
    mesh.ports.time.now += 5 * 3_600_000;
    await revoke({ kids: ['some'] });
    expect(await revocations()).toMatchObject({ issuedBefore: {}, kids: ['some'] });
  });

  test.each([
    ['no SPIFFE ID', { ids: ['cart'] }],
    ['a path with dots', { issuedBefore: { 'spiffe://mesh.local/../x': 1 } }],
    ['a time that is no whole number', { issuedBefore: { [CART]: 1.5 } }],
    ['an unknown list', { names: [] }],
    ['too many', { jkts: Array(1001).fill('x') }],
    ['no object', []],
  ])('a revocation of %s is refused', async (_, lists) => {
    expect(await revoke(lists)).toMatchObject({ status: 400, body: { code: 'request_invalid' } });
  });
}
