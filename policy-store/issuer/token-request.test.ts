import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { beforeEach, expect, test } from 'vitest';
import { generateSigningKey } from './signing-key.ts';
import { answerTokenRequest, type TokenRequestDeps } from './token-request.ts';

const now = 1_800_000_000_000;
const seconds = now / 1000;
const issuer = 'https://admin.example';
const endpoint = `${issuer}/v1/token`;
const cart = 'spiffe://mesh.local/ns/shop/sa/cart';
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const signing = await generateSigningKey('wit', now);
const registered = await generateSigningKey('wit', now);
const other = await generateSigningKey('wit', now);
const jwtSigning = await generateSigningKey('jwt', now);

const github = 'https://token.actions.githubusercontent.com';
const platform = await generateSigningKey('wit', now);
const federation = [
  { issuer: github, audiences: [], claims: { repository_id: '1234567', environment: 'production' } },
  { issuer: 'https://unlisted.example', audiences: ['mesh'], claims: { app_id: '7' } },
];
let githubKeys: readonly JsonWebKey[] = [platform.publicJwk];

let used: Set<string>;
let deps: TokenRequestDeps;
beforeEach(() => {
  used = new Set();
  githubKeys = [platform.publicJwk];
  deps = {
    issuer,
    tokenEndpoint: endpoint,
    signingKey: async (cls) => (cls === 'wit' ? signing : jwtSigning),
    issuerKeys: async (outside) => (outside === github ? githubKeys : undefined),
    redeem: async (token) =>
      token === 'good' && used.size < used.add(token).size ? { spiffeId: cart, uid: 'uid-1' } : undefined,
    takesBearer: async (audience) => audience === 'http://legacy.shop.mesh',
    revoked: { ids: [], jkts: [] },
    now,
    workload: async (id) =>
      id === cart ? { uid: 'uid-1', keys: [other.publicJwk, registered.publicJwk], federation } : undefined,
    useOnce: async (jti) => used.size < used.add(jti).size,
  };
});

async function sign(header: object, claims: object, key = registered): Promise<string> {
  const signingKey = await importJWK(key.privateJwk as JWK, 'ES256');
  return new SignJWT({ ...claims }).setProtectedHeader(header as JWTHeaderParameters).sign(signingKey);
}

const assertion = (claims: object = {}, header: object = {}, key = registered): Promise<string> =>
  sign(
    { typ: 'client-authentication+jwt', alg: 'ES256', ...header },
    { iss: cart, sub: cart, aud: issuer, exp: seconds + 60, jti: 'a', ...claims },
    key,
  );

const publicParts = ({ publicJwk: { kty, crv, x, y } }: typeof registered): object => ({ kty, crv, x, y });

const proof = (claims: object = {}, header: object = {}, key = registered): Promise<string> =>
  sign(
    { typ: 'dpop+jwt', alg: 'ES256', jwk: publicParts(key), ...header },
    { htm: 'POST', htu: endpoint, iat: seconds, jti: 'd', ...claims },
    key,
  );

async function ask(made: { assertion?: string; dpop?: string | undefined; form?: object }) {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: made.assertion ?? (await assertion()),
    ...made.form,
  });
  const dpop = 'dpop' in made ? made.dpop : await proof();
  const { status, headers, body } = await answerTokenRequest(form, dpop, deps);
  return { status, headers, body: JSON.parse(body) };
}

test('a registered key gets a token that is bound to the proven key', async () => {
  const { status, headers, body } = await ask({});
  expect(status).toBe(200);
  expect(headers['cache-control']).toBe('no-store');
  expect(body).toMatchObject({
    issued_token_type: 'urn:ietf:params:oauth:token-type:wit',
    token_type: 'N_A',
    expires_in: 1800,
  });
  const claims = decodeJwt(body.access_token);
  expect(claims).toMatchObject({ sub: cart, 'gossamer.mesh/uid': 'uid-1' });
  expect(claims.cnf).toEqual({ jwk: { ...publicParts(registered), alg: 'ES256' } });
});

test('another key than the registered one may be bound, when it is proven', async () => {
  const fresh = await generateSigningKey('wit', now);
  const { body } = await ask({ dpop: await proof({}, {}, fresh) });
  expect(decodeJwt(body.access_token).cnf).toEqual({ jwk: { ...publicParts(fresh), alg: 'ES256' } });
});

test('the assertion may name its key', async () => {
  expect(await ask({ assertion: await assertion({}, { kid: registered.kid }) })).toMatchObject({ status: 200 });
});

const badAssertions: [string, object, object?, typeof registered?][] = [
  ['25 aud is the token endpoint', { aud: endpoint }],
  ['25 aud is a list', { aud: [issuer] }],
  ['15 aud is longer', { aud: `${issuer}.evil.example` }],
  ['15 aud has a slash', { aud: `${issuer}/` }],
  ['aud missing', { aud: undefined }],
  ['iss is not sub', { iss: 'spiffe://mesh.local/ns/shop/sa/orders' }],
  ['sub is not a SPIFFE ID', { iss: 'cart', sub: 'cart' }],
  ['sub is not registered', { iss: `${cart}t`, sub: `${cart}t` }],
  ['exp more than 5 min ahead', { exp: seconds + 306 }],
  ['exp passed', { exp: seconds - 5 }],
  ['exp missing', { exp: undefined }],
  ['exp a float', { exp: seconds + 0.5 }],
  ['iat in the future', { iat: seconds + 6 }],
  ['nbf in the future', { nbf: seconds + 6 }],
  ['jti missing', { jti: undefined }],
  ['17 typ JWT', {}, { typ: 'JWT' }],
  ['17 typ missing', {}, { typ: undefined }],
  ['6 jwk in the header', {}, { jwk: publicParts(registered) }],
  ['6 jku in the header', {}, { jku: 'https://evil.example' }],
  ['another key', {}, {}, await generateSigningKey('wit', now)],
];
test.each(badAssertions)('invalid_client: %s', async (_name, claims, header, key) => {
  const answer = await ask({ assertion: await assertion(claims, header, key) });
  expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(answer.body).not.toHaveProperty('access_token');
});

test('25 an assertion is good once', async () => {
  expect(await ask({})).toMatchObject({ status: 200 });
  expect(await ask({ dpop: await proof({ jti: 'e' }) })).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
});

test('who is registered can not be told from the answer', async () => {
  const stranger = await ask({ assertion: await assertion({ iss: `${cart}t`, sub: `${cart}t` }) });
  const wrongKey = await ask({ assertion: await assertion({}, {}, await generateSigningKey('wit', now)) });
  expect(stranger.body).toEqual(wrongKey.body);
});

const badProofs: [string, object, object?][] = [
  ['htm of another method', { htm: 'GET' }],
  ['htu of another address', { htu: issuer }],
  ['iat too old', { iat: seconds - 61 }],
  ['iat too far ahead', { iat: seconds + 61 }],
  ['iat missing', { iat: undefined }],
  ['jti missing', { jti: undefined }],
  ['typ of another token', {}, { typ: 'wpt+jwt' }],
  ['the key of another', {}, { jwk: publicParts(other) }],
  ['a private key', {}, { jwk: registered.privateJwk }],
  ['a kid beside the key', {}, { kid: 'k' }],
];
test.each(badProofs)('invalid_dpop_proof: %s', async (_name, claims, header) => {
  const answer = await ask({ dpop: await proof(claims, header) });
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } });
});

test('a proof is needed, one, and good once', async () => {
  expect(await ask({ dpop: undefined })).toMatchObject({ body: { error: 'invalid_dpop_proof' } });
  const dpop = await proof();
  expect(await ask({ dpop: `${dpop}, ${dpop}` })).toMatchObject({ body: { error: 'invalid_dpop_proof' } });
  expect(await ask({ assertion: await assertion({ jti: 'b' }), dpop })).toMatchObject({ status: 200 });
  expect(await ask({ assertion: await assertion({ jti: 'c' }), dpop })).toMatchObject({
    body: { error: 'invalid_dpop_proof' },
  });
});

test.each([
  ['unsupported_grant_type', { grant_type: 'password' }],
  ['invalid_request', { client_assertion_type: 'x' }],
  ['invalid_request', { requested_token_type: JWT_TYPE }],
  ['invalid_request', { requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
  ['invalid_request', { audience: 'http://orders.shop.mesh' }],
  ['invalid_client', { client_id: `${cart}t` }],
])('%s', async (error, form) => {
  expect(await ask({ form })).toMatchObject({ body: { error } });
});

test('a parameter sent twice is refused', async () => {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  form.append('grant_type', 'client_credentials');
  const { body } = await answerTokenRequest(form, undefined, deps);
  expect(JSON.parse(body)).toMatchObject({ error: 'invalid_request' });
});

test('no answer quotes what was sent', async () => {
  const text = await assertion({ aud: 'https://quoted.example' });
  expect(JSON.stringify(await ask({ assertion: text }))).not.toContain('quoted');
});

const thumb = ({ kid }: typeof registered): string => kid;

test.each([
  ['the registered key', () => ({ ids: [], jkts: [thumb(registered)] }), 'invalid_client'],
  ['the identity', () => ({ ids: [cart], jkts: [] }), 'invalid_client'],
])('nobody gets a token by %s once it is revoked, for another key neither', async (_name, revoked, error) => {
  const fresh = await generateSigningKey('wit', now);
  deps = { ...deps, revoked: revoked() };
  expect(await ask({ dpop: await proof({}, {}, fresh) })).toMatchObject({ status: 401, body: { error } });
});

test('no token is bound to a revoked key', async () => {
  const fresh = await generateSigningKey('wit', now);
  deps = { ...deps, revoked: { ids: [], jkts: [thumb(fresh)] } };
  expect(await ask({ dpop: await proof({}, {}, fresh) })).toMatchObject({ body: { error: 'invalid_dpop_proof' } });
});

const bearer = { requested_token_type: JWT_TYPE, audience: 'http://legacy.shop.mesh' };

test('a JWT-SVID is for one service, for two minutes, and needs no proof of a key', async () => {
  const { status, body } = await ask({ form: bearer, dpop: undefined });
  expect(status).toBe(200);
  expect(body).toMatchObject({ issued_token_type: JWT_TYPE, token_type: 'Bearer', expires_in: 120 });
  expect(decodeProtectedHeader(body.access_token)).toEqual({ typ: 'JWT', alg: 'ES256', kid: jwtSigning.kid });
  expect(decodeJwt(body.access_token)).toEqual({
    iss: 'spiffe://mesh.local',
    sub: cart,
    aud: bearer.audience,
    iat: seconds,
    exp: seconds + 120,
    jti: expect.stringMatching(/^[\w-]{22}$/),
    'gossamer.mesh/uid': 'uid-1',
  });
});

test.each(['http://orders.shop.mesh', 'http://legacy.shop.mesh/', 'legacy'])('no JWT-SVID for %s', async (audience) => {
  const answer = await ask({ form: { ...bearer, audience }, dpop: undefined });
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
});

const githubClaims = {
  iss: github,
  sub: 'repo:shop/cart:environment:production',
  aud: issuer,
  iat: seconds,
  exp: seconds + 300,
  repository: 'shop/cart',
  repository_id: '1234567',
  environment: 'production',
};

async function exchange(claims: object = {}, form: object = {}, key = platform, header: object = {}) {
  const subject = await sign(
    { typ: 'JWT', alg: 'ES256', kid: platform.kid, ...header },
    { ...githubClaims, ...claims },
    key,
  );
  const asked = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subject,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    spiffe_id: cart,
    ...form,
  });
  const { status, body } = await answerTokenRequest(asked, await proof({ jti: `x${used.size}` }), deps);
  return { status, body: JSON.parse(body) };
}

test('the token of a listed issuer that says what a rule asks for is exchanged', async () => {
  const { status, body } = await exchange();
  expect(status).toBe(200);
  expect(decodeJwt(body.access_token)).toMatchObject({ sub: cart, 'gossamer.mesh/uid': 'uid-1' });
  expect(await exchange({}, { ...bearer })).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
});

test.each<[string, object, object?, typeof platform?, object?]>([
  ['another repository of the same name', { repository_id: '7654321' }],
  ['another environment', { environment: 'staging' }],
  ['no environment', { environment: undefined }],
  ['another audience', { aud: 'https://other.example' }],
  ['an issuer that is not listed', { iss: 'https://unlisted.example', aud: 'mesh', app_id: '7' }],
  ['another workload', {}, { spiffe_id: `${cart}t` }],
  ['no workload', {}, { spiffe_id: '' }],
  ['a type that it does not have', {}, { subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }],
  ['another key', {}, {}, registered],
  ['17 a WIT', {}, {}, platform, { typ: 'wit+jwt' }],
  ['expired', { exp: seconds - 60 }],
])('a subject token is refused: %s', async (_name, claims, form, key, header) => {
  expect(await exchange(claims, form, key, header)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
});

test('an issuer whose keys can not be had vouches for nobody', async () => {
  githubKeys = [];
  expect(await exchange()).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
});

test('who is registered can not be told from a refused exchange', async () => {
  const stranger = await exchange({}, { spiffe_id: `${cart}t` });
  expect(stranger.body).toEqual((await exchange({ repository_id: '1' })).body);
});

async function join(token: string, dpop?: string) {
  const form = new URLSearchParams({
    grant_type: 'urn:gossamer:params:oauth:grant-type:join-token',
    join_token: token,
  });
  const { status, body } = await answerTokenRequest(form, dpop, deps);
  return { status, body: JSON.parse(body) };
}

test('a join token is good once, and a broken proof does not cost it', async () => {
  expect(await join('good')).toMatchObject({ body: { error: 'invalid_dpop_proof' } });
  expect(await join('good', await proof({ htm: 'GET' }))).toMatchObject({ body: { error: 'invalid_dpop_proof' } });
  expect(await join('good', await proof({ jti: '1' }))).toMatchObject({ status: 200 });
  expect(await join('good', await proof({ jti: '2' }))).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  });
});
