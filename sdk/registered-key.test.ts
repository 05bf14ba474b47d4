import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { nativeCrypto } from './crypto-provider.ts';
import { registeredKey } from './registered-key.ts';
import { type Asked, CART, fakeFetch, NOW, newKey, SetClock, witFor } from './surroundings.fake.ts';

const issuer = 'https://admin.example';
const key = await newKey();

/** An issuer that answers what a test wants, each token another one. */
function setUp(answer: (asked: Asked) => Response | undefined = () => undefined) {
  const clock = new SetClock();
  const warnings: string[] = [];
  const fetch = fakeFetch(async (asked) => {
    const own = answer(asked);
    if (own !== undefined) return own;
    if (asked.url.includes('.well-known')) return Response.json({ issuer, token_endpoint: `${issuer}/v1/token` });
    const exp = Math.floor(clock.time / 1000) + 1800;
    return Response.json({ access_token: await witFor(CART, exp, key), expires_in: 1800 });
  });
  const identity = registeredKey({ spiffeId: CART, privateJwk: key.privateJwk, issuer });
  const credential = () =>
    identity.credential({ fetch, now: clock.now, warn: (message) => warnings.push(message), crypto: nativeCrypto });
  return { clock, warnings, fetch, credential };
}

test('proves its key twice: as client assertion, and as the key to be bound', async () => {
  const { fetch, credential } = setUp();
  await credential();
  const [discovery, request] = fetch.asked as [Asked, Asked];
  expect(discovery.url).toBe('https://admin.example/.well-known/oauth-authorization-server');
  const form = new URLSearchParams(request.init.body as URLSearchParams);
  expect(form.get('grant_type')).toBe('client_credentials');
  const at = { currentDate: new Date(NOW) };
  const assertion = await jwtVerify(form.get('client_assertion')!, key.publicKey, at);
  expect(assertion.protectedHeader.typ).toBe('client-authentication+jwt');
  expect(assertion.payload).toMatchObject({ iss: CART, sub: CART, aud: issuer, exp: NOW / 1000 + 60 });
  const proof = await jwtVerify(request.headers.get('dpop')!, key.publicKey, at);
  expect(proof.protectedHeader.jwk).toEqual({ kty: 'EC', crv: 'P-256', x: key.publicJwk.x, y: key.publicJwk.y });
  expect(proof.payload).toMatchObject({ htm: 'POST', htu: 'https://admin.example/v1/token', iat: NOW / 1000 });
});

test('a token is renewed at half of its life, give or take a tenth', async () => {
  const { clock, credential } = setUp();
  const first = await credential();
  expect(first.renewAt).toBeGreaterThanOrEqual(NOW + 720_000);
  expect(first.renewAt).toBeLessThanOrEqual(NOW + 1_080_000);
  clock.time = first.renewAt - 1;
  expect(await credential()).toBe(first);
  clock.time = first.renewAt;
  expect((await credential()).wit).not.toBe(first.wit);
});

test('while the issuer is down the token is used to its end, and asked for every 10 s', async () => {
  let down = false;
  const { clock, warnings, fetch, credential } = setUp(() => (down ? new Response('', { status: 503 }) : undefined));
  const first = await credential();
  down = true;
  for (const time of [1_100_000, 1_109_999, 1_110_000, 1_799_999]) {
    clock.time = NOW + time;
    expect(await credential()).toBe(first);
  }
  expect(fetch.asked.length).toBe(2 + 3);
  expect(warnings.length).toBe(3);
  clock.time = NOW + 1_800_000;
  await expect(credential()).rejects.toMatchObject({ code: 'identity_unavailable' });
});

test('an issuer that is down is not asked by every call', async () => {
  const { clock, fetch, credential } = setUp(() => {
    throw new TypeError('connection refused');
  });
  await expect(credential()).rejects.toThrow('can not be reached');
  await expect(credential()).rejects.toThrow('can not be reached');
  expect(fetch.asked.length).toBe(1);
  clock.time = NOW + 1000;
  await expect(credential()).rejects.toThrow('can not be reached');
  expect(fetch.asked.length).toBe(2);
});

test('while one call renews, the others go on with what there is', async () => {
  const { clock, fetch, credential } = setUp();
  const first = await credential();
  clock.time = first.renewAt;
  const [renewed, other] = await Promise.all([credential(), credential()]);
  expect(other).toBe(first);
  expect(renewed.wit).not.toBe(first.wit);
  expect(fetch.asked.length).toBe(4);
});

test.each([
  ['a metadata document of another issuer', { issuer: `${issuer}/`, token_endpoint: 'x' }, 'something else'],
  ['no token endpoint', { issuer }, 'something else'],
])('is refused: %s', async (_name, metadata, why) => {
  await expect(setUp(() => Response.json(metadata)).credential()).rejects.toThrow(why);
});

test('the reason of the issuer is told', async () => {
  const refusal = { error: 'invalid_client', error_description: 'no registered key verifies it' };
  const { credential } = setUp(({ url }) =>
    url.endsWith('/v1/token') ? Response.json(refusal, { status: 401 }) : undefined,
  );
  await expect(credential()).rejects.toThrow('answered 401: no registered key verifies it');
});

test('an assertion never follows a redirect', async () => {
  const { fetch, credential } = setUp(() => Response.redirect('https://evil.example', 307));
  await expect(credential()).rejects.toMatchObject({ code: 'identity_unavailable' });
  expect(fetch.asked.every(({ init }) => init.redirect === 'manual')).toBe(true);
});
