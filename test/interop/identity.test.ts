import { expect, test } from 'vitest';
import {
  answerTokenRequest,
  generateSigningKey,
  mintWit,
  type SigningKey,
  signManifest,
  trustBundleOf,
} from '../../policy-store/issuer/index.ts';
import { callAs } from '../../router/identity/caller.fake.ts';
import { CallerVerifier } from '../../router/identity/caller-verifier.ts';
import { verifyManifest } from '../../router/identity/manifest.ts';
import { MeshCallSigner } from '../../router/identity/mesh-call.ts';
import { TrustKeys } from '../../router/identity/trust-keys.ts';
import { hashText } from '../../router/identity/wit.ts';
import { FakeBody, FakeClock } from '../../router/ports.fake.ts';
import { type CryptoProvider, createMesh, issuedToken, type MeshIdentity, registeredKey } from '../../sdk/index.ts';
import { webcrypto } from '../../sdk/webcrypto.ts';
import type { Manifest } from '../../snapshot/manifest.ts';
import { MESH } from '../../snapshot/mesh-settings.fake.ts';
import { systemRandom } from '../../workers/platform/random.ts';

const now = 1_800_000_000_000;
const issuer = 'https://admin.example';
const cart = 'spiffe://mesh.local/ns/shop/sa/cart';
const orders = 'spiffe://mesh.local/ns/shop/sa/orders';
const audience = 'http://orders.shop.mesh';

const [wit, hop, manifestKey, workload] = (await Promise.all(
  (['wit', 'hop', 'manifest', 'wit'] as const).map((cls) => generateSigningKey(cls, now)),
)) as [SigningKey, SigningKey, SigningKey, SigningKey];
const bundle = trustBundleOf([wit, hop, manifestKey], 'mesh.local', 1);
const snapshot = {
  trust: await TrustKeys.load(bundle),
  revocations: { ids: [], jkts: [], kids: [], issuedBefore: {}, workloads: [] },
  mesh: MESH,
};

/** Stands for the network: the issuer answers, and what goes to the router is kept. */
function network() {
  const used = new Set<string>();
  const toRouter: Headers[] = [];
  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = String(input);
    if (url.includes('.well-known')) return Response.json({ issuer, token_endpoint: `${issuer}/v1/token` });
    if (url !== `${issuer}/v1/token`) {
      toRouter.push(new Headers(init.headers));
      return new Response('ok');
    }
    const dpop = new Headers(init.headers).get('dpop') ?? undefined;
    const answer = await answerTokenRequest(new URLSearchParams(init.body as URLSearchParams), dpop, {
      issuer,
      tokenEndpoint: url,
      signingKey: async () => wit,
      issuerKeys: async () => undefined,
      redeem: async () => undefined,
      takesBearer: async () => false,
      revoked: { ids: [], jkts: [] },
      now,
      workload: async (id) => (id === cart ? { uid: 'uid-1', keys: [workload.publicJwk] } : undefined),
      useOnce: async (jti) => used.size < used.add(jti).size,
    });
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  };
  return { fetch: fetch as typeof globalThis.fetch, toRouter };
}

const identities: [string, () => Promise<MeshIdentity>][] = [
  ['a registered key', async () => registeredKey({ spiffeId: cart, privateJwk: workload.privateJwk, issuer })],
  [
    'a token issued by hand',
    async () => {
      const minted = await mintWit(wit, { spiffeId: cart, uid: 'uid-1', jwk: workload.publicJwk, now });
      return issuedToken({ wit: minted.wit, privateJwk: workload.privateJwk });
    },
  ],
];

const providers: [string, CryptoProvider | undefined][] = [
  ['native WebCrypto', undefined],
  ['@peculiar/webcrypto', webcrypto],
];
const cases = identities.flatMap(([name, identity]) =>
  providers.flatMap(([by, crypto]) => [false, true].map((strict) => ({ name, identity, by, crypto, strict }))),
);

test.each(cases)('the router believes an SDK on $by with $name, strict: $strict', async (given) => {
  const { identity, crypto, strict } = given;
  const { fetch, toRouter } = network();
  const mesh = createMesh({
    identity: await identity(),
    router: 'http://router',
    trustBundle: bundle,
    fetch,
    clock: { now: () => now },
    ...(crypto && { crypto }),
  });
  const headers = { authorization: 'Bearer user-token' };
  await mesh.fetch('http://orders.shop.mesh/x?a=%20', { method: 'POST', body: 'text', headers, strict });
  const [sent] = toRouter as [Headers];
  const credentials = {
    wit: [sent.get('workload-identity-token') ?? ''],
    wpt: [sent.get('workload-proof-token') ?? ''],
    authorization: sent.get('authorization') ?? undefined,
  };
  const verifier = new CallerVerifier({ clock: new FakeClock(now) });
  const request = { request: { method: 'POST' }, query: 'a=%20', body: new FakeBody(4, 'text') };
  const judged = await verifier.verify(credentials, audience, snapshot, now, callAs(request));
  expect(judged).toMatchObject({ principal: { id: cart, strength: strict ? 'strict-proof' : 'proof' } });
});

test.each(providers)('the SDK on %s believes a Mesh-Call of the router, and only its own', async (_name, crypto) => {
  const clock = { now: () => now, monotonic: () => 0, after: () => () => {} };
  const signer = new MeshCallSigner({ clock, random: systemRandom }, 'router-1');
  await signer.useKey(hop.privateJwk);
  const made = { caller: cart, via: [orders], policy: 'shop/p', generation: 3 };
  const headers = async (upstream: string) =>
    new Headers({ 'mesh-call': await signer.sign({ ...made, upstream }, now) });
  const identity = registeredKey({ spiffeId: orders, privateJwk: workload.privateJwk, issuer });
  const mesh = createMesh({ identity, router: 'http://router', trustBundle: bundle, clock, ...(crypto && { crypto }) });
  expect(await mesh.verify(await headers(orders))).toMatchObject({ spiffeId: cart, via: [orders], generation: 3 });
  await expect(mesh.verify(await headers(cart))).rejects.toMatchObject({ code: 'mesh_call_invalid' });
  const request = { method: 'POST', target: '/x?a=%20', bodyDigest: await hashText('text') };
  const bound = await signer.sign({ ...made, upstream: orders, request }, now);
  const call = { ...request, targetParsed: false, body: async () => new TextEncoder().encode('text') };
  const admitted = await mesh.admit({ ...call, headers: new Headers({ 'mesh-call': bound }) });
  expect(admitted.caller).toMatchObject({ spiffeId: cart });
});

test('the router believes a manifest of the issuer that it has pinned', async () => {
  const manifest: Manifest = {
    format: 1,
    revision: 4,
    generation: 9,
    issuedAt: now,
    mesh: MESH,
    trustBundle: 'a'.repeat(64),
    revocations: snapshot.revocations,
    index: { bits: 0, buckets: [null] },
    gateways: {},
  };
  const jws = await signManifest(manifest, manifestKey);
  expect(await verifyManifest(jws, [manifestKey.publicJwk])).toEqual(manifest);
  await expect(signManifest(manifest, wit)).rejects.toThrow('class wit');
});
