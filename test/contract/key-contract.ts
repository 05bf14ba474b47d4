import { decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFollower, type SnapshotFollower } from '../../router/index.ts';
import { FakeClock, FakeRandom } from '../../router/ports.fake.ts';
import { storeSource } from '../../workers/store-client/source.ts';
import type { Place, TestStore } from './store-harness.ts';
import { ISSUER, openStore, ROUTER_TOKEN, workload } from './store-harness.ts';

interface Key {
  readonly kid: string;
  readonly class: string;
  readonly state: string;
}

const CLASSES = ['wit', 'jwt', 'hop', 'manifest'];

/** The keys that the mesh signs with, and a router that follows them. */
export function keyContract(place: Place): void {
  let mesh: TestStore;
  let router: SnapshotFollower;
  let bound: object;
  /** Tokens that were given out and live. */
  let tokens: { readonly kid: string; readonly expiresAt: number }[] = [];
  beforeAll(async () => {
    mesh = await openStore(await place.fresh());
    await mesh.apply(workload('cart'));
    bound = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey);
    const source = storeSource({
      url: ISSUER,
      token: ROUTER_TOKEN,
      routerId: 'r1',
      role: 'router',
      runtime: 'node',
      fetch: (url, init) => mesh.store.fetch(new Request(url, init)),
    });
    const clock = new FakeClock();
    clock.now = () => mesh.ports.time.now;
    const ports = { clock, random: new FakeRandom(), source, log: () => {} };
    const manifestKeys = await mesh.store.manifestKeys();
    router = createFollower(ports, { manifestKeys, routerId: 'r1' });
    await router.start();
  });
  afterAll(() => mesh?.store.close());

  const keys = async (cls?: string): Promise<Key[]> =>
    (await mesh.ask('GET', '/v1/keys')).body.keys.filter((key: Key) => cls === undefined || key.class === cls);
  const active = async (cls: string) => (await keys(cls)).find(({ state }) => state === 'active')?.kid;
  const rotate = (cls: string, activateAfter: string) =>
    mesh.ask('POST', '/v1/keys/rotate', {
      body: JSON.stringify({ class: cls, activateAfter }),
      type: 'application/json',
    });
  const bundle = async () => (await mesh.ask('GET', '/v1/trust-bundle')).body;

  async function mint(): Promise<void> {
    const ask = { namespace: 'shop', workload: 'cart', jwk: bound };
    const { body } = await mesh.ask('POST', '/v1/dev/tokens', { body: JSON.stringify(ask), type: 'application/json' });
    tokens.push({ kid: decodeProtectedHeader(body.wit).kid ?? '', expiresAt: body.expiresAt });
  }

  /** What a caller, a router and an upstream would see now. */
  async function everythingHolds(): Promise<void> {
    await mint();
    const known = (await bundle()).keys.map(({ kid }: Key) => kid);
    expect(await router.refresh(0)).not.toBe('failed');
    const snapshot = router.current(mesh.ports.time.now);
    if (typeof snapshot === 'string') throw new Error(snapshot);
    tokens = tokens.filter(({ expiresAt }) => expiresAt > mesh.ports.time.now);
    for (const { kid } of tokens) expect(snapshot.trust.find('mesh.local', 'wit-svid', kid)).toBeDefined();
    const call = { caller: null, upstream: 'x', via: [], policy: 'p', generation: snapshot.generation };
    const signed = await router.signer.sign(call, mesh.ports.time.now);
    expect(known).toContain(decodeProtectedHeader(signed).kid);
  }

  const pass = async (ms: number): Promise<void> => {
    mesh.ports.time.now += ms;
    await mesh.store.tendKeys();
    await everythingHolds();
  };

  test('every class has one key that signs', async () => {
    expect((await keys()).map((key) => [key.class, key.state])).toEqual(CLASSES.map((cls) => [cls, 'active']));
  });

  test.each(CLASSES)('the %s key rotates twice, and nothing that lives is refused', async (cls) => {
    const seen = new Set([await active(cls)]);
    for (const round of [1, 2]) {
      let { spiffe_sequence: before } = await bundle();
      const { body } = await rotate(cls, '10s');
      await everythingHolds();
      expect((await bundle()).spiffe_sequence).toBeGreaterThan(before);
      expect(await active(cls)).not.toBe(body.kid);
      await pass(10_000);
      // The router has asked with the generation in hand that told it of the key.
      await pass(1_000);
      expect([round, await active(cls)]).toEqual([round, body.kid]);
      seen.add(body.kid);
      ({ spiffe_sequence: before } = await bundle());
      await pass(5 * 60_000);
      expect((await bundle()).spiffe_sequence).toBeGreaterThanOrEqual(before);
    }
    expect(seen.size).toBe(3);
  });

  test('retired keys go when what they signed is dead, and the sequence still grows', async () => {
    const { spiffe_sequence: before } = await bundle();
    await pass(25 * 3_600_000);
    expect((await keys()).map((key) => key.state)).toEqual(CLASSES.map(() => 'active'));
    expect((await bundle()).spiffe_sequence).toBeGreaterThan(before);
  });

  test('a key waits for a router that does not know it, but not for ever', async () => {
    const before = await active('jwt');
    const headers = { 'if-none-match': '"1"', 'gossamer-router-id': 'slow', 'gossamer-router-role': 'router' };
    const slow = () => mesh.ask('GET', '/v1/snapshot/manifest', { token: ROUTER_TOKEN, headers });
    await slow();
    await rotate('jwt', '1s');
    await slow();
    await pass(20_000);
    expect(await active('jwt')).toBe(before);
    mesh.ports.time.now += 25 * 60_000;
    await slow();
    await pass(0);
    expect(await active('jwt')).not.toBe(before);
  });

  test.each(CLASSES)('a %s key that is revoked signs no more, at once', async (cls) => {
    const before = (await active(cls)) ?? '';
    const { status, body } = await mesh.ask('POST', `/v1/keys/${before}/revoke`);
    expect([status, body.kid]).toEqual([200, await active(cls)]);
    expect(body.kid).not.toBe(before);
    expect((await mesh.manifest()).payload.revocations.kids).toContain(before);
    expect((await bundle()).keys.map(({ kid }: Key) => kid)).not.toContain(before);
    if (cls === 'wit') tokens = [];
    await everythingHolds();
  });

  test('a revocation of a signing key by its kid lets the next one sign too', async () => {
    const before = await active('wit');
    await mesh.ask('POST', '/v1/revocations', { body: JSON.stringify({ kids: [before] }), type: 'application/json' });
    tokens = [];
    expect(await active('wit')).not.toBe(before);
    await everythingHolds();
  });

  test('what is not there can not be revoked, and a class has a name', async () => {
    expect((await mesh.ask('POST', '/v1/keys/nothing/revoke')).status).toBe(404);
    expect((await rotate('x509', '1s')).status).toBe(400);
  });
}
