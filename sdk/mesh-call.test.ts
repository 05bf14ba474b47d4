import { base64url, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { nativeCrypto } from './crypto-provider.ts';
import { MeshCallVerifier } from './mesh-call.ts';
import {
  bundleOf,
  CART,
  fakeFetch,
  meshCall,
  NOW,
  newKey,
  ORDERS,
  SetClock,
  THEN,
  witFor,
} from './surroundings.fake.ts';
import { HopKeys, type TrustBundleDocument } from './trust-bundle.ts';

const [hop, other] = [await newKey(), await newKey()];
const silent = { fetch: fakeFetch(() => new Response()), now: () => NOW, warn: () => {}, crypto: nativeCrypto };
const verifier = new MeshCallVerifier(new HopKeys(bundleOf([hop, 'hop-1']), silent), ORDERS, nativeCrypto);

test('tells who calls', async () => {
  const { caller } = await verifier.verify(await meshCall(hop, { via: [`${CART}-before`] }), NOW);
  expect(caller).toEqual({
    spiffeId: CART,
    namespace: 'shop',
    serviceAccount: 'cart',
    via: [`${CART}-before`],
    policy: 'shop/p',
    generation: 7,
    router: 'router-1',
    expiresAt: NOW + 30_000,
  });
});

test('a caller without identity is null', async () => {
  const { caller } = await verifier.verify(await meshCall(hop, { sub: undefined }), NOW);
  expect(caller).toMatchObject({ spiffeId: null, namespace: undefined });
});

test('a remembered one expires like any other', async () => {
  const text = await meshCall(hop);
  const caller = await verifier.verify(text, NOW);
  expect(await verifier.verify(text, NOW + 34_999)).toBe(caller);
  await expect(verifier.verify(text, NOW + 35_000)).rejects.toThrow('expired');
});

/** Signs a payload of any text. */
async function signText(header: string, payload: string): Promise<string> {
  const text = `${base64url.encode(header)}.${base64url.encode(payload)}`;
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, hop.privateKey, new TextEncoder().encode(text));
  return `${text}.${base64url.encode(new Uint8Array(signature))}`;
}
const HEADER = '{"typ":"mesh-call+jwt","alg":"ES256","kid":"hop-1"}';
const PAYLOAD = `{"iss":"r","sub":"${CART}","aud":"${ORDERS}","iat":${THEN},"exp":${THEN + 30},"jti":"j","via":[],"pol":"p","gen":1}`;

test('what the rows below spoil is good', async () => {
  expect(await verifier.verify(await signText(HEADER, PAYLOAD), NOW)).toMatchObject({ caller: { spiffeId: CART } });
});

const refused: Record<string, () => string | Promise<string>> = {
  '1 alg none': () => `${base64url.encode(HEADER.replace('ES256', 'none'))}.${base64url.encode(PAYLOAD)}.`,
  '2 HS256 keyed with the public key': () =>
    new SignJWT(JSON.parse(PAYLOAD))
      .setProtectedHeader({ typ: 'mesh-call+jwt', alg: 'HS256', kid: 'hop-1' })
      .sign(new TextEncoder().encode(JSON.stringify(hop.publicJwk))),
  '4 no kid': () => signText('{"typ":"mesh-call+jwt","alg":"ES256"}', PAYLOAD),
  '5 kid is __proto__': () => signText(HEADER.replace('hop-1', '__proto__'), PAYLOAD),
  '5 kid is a path': () => signText(HEADER.replace('hop-1', '../hop-1'), PAYLOAD),
  '5 kid is a number': () => signText(HEADER.replace('"hop-1"', '1'), PAYLOAD),
  '6 jwk in the header': () => meshCall(other, {}, { jwk: other.publicJwk }),
  '7 crit': () => signText(HEADER.replace('}', ',"crit":[]}'), PAYLOAD),
  '8 sub twice': () => signText(HEADER, PAYLOAD.replace('{', `{"sub":"${ORDERS}",`)),
  '8 alg twice': () => signText(HEADER.replace('{', '{"alg":"none",'), PAYLOAD),
  '9 constructor claim': () => signText(HEADER, PAYLOAD.replace('{', '{"constructor":{},')),
  '9 __proto__ within a claim': () => signText(HEADER, PAYLOAD.replace('{', '{"x":{"__proto__":{}},')),
  '9 __proto__ claim': () => signText(HEADER, PAYLOAD.replace('{', '{"__proto__":{},')),
  '10 padding': async () => `${await meshCall(hop)}==`,
  '10 space': async () => `${await meshCall(hop)} `,
  '10 line break': async () => `${await meshCall(hop)}\n`,
  '11 deep JSON': () => signText(HEADER, PAYLOAD.replace('{', `{"x":${'['.repeat(16)}${']'.repeat(16)},`)),
  '11 over 8 KiB': () => meshCall(hop, { x: 'x'.repeat(8192) }),
  '11 over 16 KiB with a path': () => meshCall(hop, { pth: `/${'x'.repeat(16_384)}` }),
  '12 exp float': () => signText(HEADER, PAYLOAD.replace(`${THEN + 30}`, `${THEN + 30}.0`)),
  '12 exp exponent': () => signText(HEADER, PAYLOAD.replace(`${THEN + 30}`, '1.80000003e9')),
  '12 exp string': () => signText(HEADER, PAYLOAD.replace(`${THEN + 30}`, `"${THEN + 30}"`)),
  '12 exp missing': () => meshCall(hop, { exp: undefined }),
  '12 exp in an hour': () => meshCall(hop, { exp: THEN + 3600 }),
  '12 iat missing': () => meshCall(hop, { iat: undefined }),
  '13 expired 5 s ago': () => meshCall(hop, { iat: THEN - 35, exp: THEN - 5 }),
  '13 iat 6 s ahead': () => meshCall(hop, { iat: THEN + 6, exp: THEN + 36 }),
  '13 nbf 6 s ahead': () => meshCall(hop, { nbf: THEN + 6 }),
  '13 nbf is text': () => meshCall(hop, { nbf: 'now' }),
  '14 sub is no SPIFFE ID': () => meshCall(hop, { sub: 'cart' }),
  '14 sub with ..': () => meshCall(hop, { sub: 'spiffe://mesh.local/ns/../sa/cart' }),
  '14 sub with a trailing slash': () => meshCall(hop, { sub: `${CART}/` }),
  '14 sub is null': () => signText(HEADER, PAYLOAD.replace(`"${CART}"`, 'null')),
  '15 aud of another service': () => meshCall(hop, { aud: CART }),
  '15 aud longer': () => meshCall(hop, { aud: `${ORDERS}-2` }),
  '15 aud list': () => meshCall(hop, { aud: [ORDERS] }),
  '17 typ of another token': () => meshCall(hop, {}, { typ: 'wit+jwt' }),
  '17 typ application/mesh-call+jwt': () => meshCall(hop, {}, { typ: 'application/mesh-call+jwt' }),
  '17 an identity token': () => witFor(ORDERS, THEN + 30, hop),
  '18 another key under a known kid': () => meshCall(other),
  'kid that is not known': () => meshCall(hop, {}, { kid: 'hop-2' }),
  'nine earlier callers': () => meshCall(hop, { via: Array.from({ length: 9 }, () => CART) }),
  'via is no list': () => meshCall(hop, { via: CART }),
  'half bound to one request': () => meshCall(hop, { htm: 'GET', pth: '/' }),
  '26 byte order mark': () => signText(HEADER, `\uFEFF${PAYLOAD}`),
  '26 no token': () => 'hello',
  'two joined by a comma': async () => `${await meshCall(hop)}, ${await meshCall(hop)}`,
};
test.each(Object.entries(refused))('refuses: %s', async (_name, make) => {
  await expect(verifier.verify(await make(), NOW)).rejects.toMatchObject({ code: 'mesh_call_invalid' });
});

test('none at all is refused', async () => {
  await expect(verifier.verify(null, NOW)).rejects.toMatchObject({ code: 'mesh_call_invalid' });
});

/** A bundle behind a URL that changes, and goes away. */
function served(first: TrustBundleDocument | undefined) {
  const clock = new SetClock();
  const state = { bundle: first };
  const fetch = fakeFetch(() =>
    state.bundle === undefined ? new Response('', { status: 503 }) : Response.json(state.bundle),
  );
  const keys = new HopKeys('http://admin/v1/trust-bundle', {
    fetch,
    now: clock.now,
    warn: () => {},
    crypto: nativeCrypto,
  });
  return { clock, state, fetch, keys };
}

test('the bundle is fetched once, and again after its refresh hint', async () => {
  const { clock, fetch, keys } = served(bundleOf([hop, 'hop-1']));
  await keys.find('hop-1');
  clock.time = NOW + 299_999;
  await keys.find('hop-1');
  expect(fetch.asked.length).toBe(1);
  clock.time = NOW + 300_000;
  await keys.find('hop-1');
  expect(fetch.asked.length).toBe(2);
});

test('an unknown kid has the bundle fetched again at once, three times in 30 s', async () => {
  const { clock, state, fetch, keys } = served(bundleOf([hop, 'hop-1']));
  await keys.find('hop-1');
  for (let i = 0; i < 9; i++) expect(await keys.find(`made-up-${i}`)).toBeUndefined();
  expect(fetch.asked.length).toBe(1 + 3);
  state.bundle = bundleOf([hop, 'hop-1'], [other, 'hop-2']);
  clock.time = NOW + 30_000;
  expect(await keys.find('hop-2')).toBeDefined();
});

test('of many calls with a new key one fetches it, and all are let in', async () => {
  const { state, fetch, keys } = served(bundleOf([hop, 'hop-1']));
  await keys.find('hop-1');
  state.bundle = bundleOf([hop, 'hop-1'], [other, 'hop-2']);
  const found = await Promise.all(Array.from({ length: 50 }, () => keys.find('hop-2')));
  expect(found.every((key) => key !== undefined)).toBe(true);
  expect(fetch.asked.length).toBe(2);
});

test('a bundle that can not be renewed is used on', async () => {
  const { clock, state, keys } = served(bundleOf([hop, 'hop-1']));
  await keys.find('hop-1');
  state.bundle = undefined;
  clock.time = NOW + 400_000;
  expect(await keys.find('hop-1')).toBeDefined();
  clock.time = NOW + 24 * 3600_000;
  await expect(keys.find('hop-1')).rejects.toMatchObject({ code: 'trust_bundle_unavailable' });
});

test('without a bundle nothing is believed', async () => {
  await expect(served(undefined).keys.find('hop-1')).rejects.toMatchObject({ code: 'trust_bundle_unavailable' });
});

test('keys of other classes do not sign Mesh-Calls', async () => {
  const document = { keys: [{ ...hop.publicJwk, kid: 'hop-1', use: 'wit-svid' }] };
  expect(await new HopKeys(document, silent).find('hop-1')).toBeUndefined();
});

test('two keys with one kid are no bundle', async () => {
  const keys = new HopKeys(bundleOf([hop, 'hop-1'], [other, 'hop-1']), silent);
  await expect(keys.find('hop-1')).rejects.toThrow('one kid');
});
