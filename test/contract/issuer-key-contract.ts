import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../policy-store/db/database.ts';
import { IssuerKeys, REFRESH_EVERY } from '../../policy-store/issuer-keys/issuer-keys.ts';
import { StoredIssuerKeys } from '../../policy-store/repositories/issuer-keys.ts';
import { createFollower, type SnapshotFollower } from '../../router/index.ts';
import { FakeClock, FakeRandom } from '../../router/ports.fake.ts';
import { storeSource } from '../../workers/store-client/source.ts';
import type { Place, TestStore } from './store-harness.ts';
import { documents, ISSUER, openStore, ROUTER_TOKEN, service, testPorts } from './store-harness.ts';

const SOURCE = { issuer: 'https://login.example', jwksUri: 'https://login.example/keys' };
const NAME = `${SOURCE.issuer}\n${SOURCE.jwksUri}`;
const HOUR = 3_600_000;
const USERS = `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: users, namespace: shop }
spec: { jwtRules: [{ issuer: "${SOURCE.issuer}", jwksUri: "${SOURCE.jwksUri}", audiences: [shop] }] }
`;

const keyOf = (kid: string) => ({ kty: 'OKP', crv: 'Ed25519', x: `${kid.slice(-1).repeat(42)}A`, kid });
const answer = (...kids: string[]) => ({ status: 200, body: JSON.stringify({ keys: kids.map(keyOf) }) });

/** An issuer as its askers see it. */
class FakeOutside {
  asked = 0;
  now = answer('one-A');
  readonly fetch = async () => {
    this.asked++;
    return this.now;
  };
}

/** The keys of end users' issuers: who asks for them and when, and what routers and later lives of the store have of them. */
export function issuerKeyContract(place: Place): void {
  let database: Database;
  let mesh: TestStore;
  let router: SnapshotFollower;
  const outside = new FakeOutside();

  beforeAll(async () => {
    database = await place.fresh();
    mesh = await openStore(database, testPorts({ outside: outside.fetch }));
    router = await followerOf(mesh);
    expect((await mesh.apply(documents(service('orders'), USERS))).status).toBe(200);
  });
  afterAll(() => mesh?.store.close());

  /** What a router has after the next look at the issuers, and the generation that it has it from. */
  async function after(ms: number, by = mesh, at = router): Promise<{ kids: string[]; generation: number }> {
    mesh.ports.time.now += ms;
    by.ports.time.now = mesh.ports.time.now;
    await by.store.refreshIssuers();
    await at.refresh(0);
    const snapshot = at.current(mesh.ports.time.now);
    if (typeof snapshot === 'string') throw new Error(snapshot);
    const keyring = await snapshot.keySet(NAME);
    const kids = ['one-A', 'two-B'].filter((kid) => keyring?.fitting('EdDSA', kid).length);
    return { kids, generation: snapshot.generation };
  }

  test('whoever applies a document gets the keys of its issuer with it', async () => {
    expect(outside.asked).toBe(1);
    expect((await after(0)).kids).toEqual(['one-A']);
    expect(outside.asked).toBe(1);
  });

  test('keys are asked for again in time, and the same ones make no new generation', async () => {
    const before = await after(0);
    expect(await after(REFRESH_EVERY)).toEqual(before);
    expect(outside.asked).toBe(2);
  });

  test('other keys make a new generation, and the one that is gone is gone', async () => {
    const before = await after(0);
    outside.now = answer('two-B');
    expect(await after(REFRESH_EVERY - 1)).toEqual(before);
    expect(await after(1)).toEqual({ kids: ['two-B'], generation: before.generation + 1 });
  });

  test('a later life of the store has the keys without asking', async () => {
    const asked = outside.asked;
    // Only the first life closes the database.
    const later = await openStore({ ...database, close: async () => {} }, testPorts({ outside: outside.fetch }));
    expect((await after(0, later, await followerOf(later))).kids).toEqual(['two-B']);
    expect(outside.asked).toBe(asked);
    await later.store.close();
  });

  test('of two stores one asks, and what it learns the other publishes nothing of', async () => {
    const other = await openStore({ ...database, close: async () => {} }, testPorts({ outside: outside.fetch }));
    const asked = outside.asked;
    mesh.ports.time.now += REFRESH_EVERY;
    other.ports.time.now = mesh.ports.time.now;
    const { generation } = await mesh.manifest();
    await Promise.all([mesh.store.refreshIssuers(), other.store.refreshIssuers(), other.store.refreshIssuers()]);
    expect(outside.asked).toBe(asked + 1);
    expect((await other.manifest()).generation).toBe(generation);
    await other.store.close();
  });

  test('an issuer that fails or answers nonsense is believed for a day, and no longer', async () => {
    const before = await after(REFRESH_EVERY);
    for (const now of [
      { status: 503, body: '' },
      { status: 200, body: '{"keys":"gone"}' },
    ]) {
      outside.now = now;
      expect(await after(REFRESH_EVERY)).toEqual(before);
    }
    expect(await after(24 * HOUR - 2 * REFRESH_EVERY)).toEqual(before);
    expect((await after(1)).kids).toEqual([]);
    outside.now = answer('one-A');
    expect((await after(REFRESH_EVERY)).kids).toEqual(['one-A']);
  });

  test('who took the turn and died loses it, and nobody asks before', async () => {
    const time = { now: mesh.ports.time.now };
    const asked: string[] = [];
    const asker = (name: string, fetch: FakeOutside['fetch']) =>
      new IssuerKeys({
        clock: { now: () => time.now },
        log: () => {},
        shelf: new StoredIssuerKeys(database),
        rules: async () => ({ dev: true, allowed: [] }),
        outside: () => {
          asked.push(name);
          return fetch();
        },
      });
    const source = { ...SOURCE, jwksUri: `${SOURCE.jwksUri}/other` };
    let began: () => void = () => {};
    const dying = new Promise<void>((resolve) => {
      began = resolve;
    });
    const never = new Promise<never>(() => {});
    void asker('dead', () => {
      began();
      return never;
    }).keys(source);
    await dying;
    const alive = asker('alive', async () => answer('one-A'));
    time.now += 29_999;
    expect(await alive.keys(source)).toEqual([]);
    time.now += 1;
    expect(await alive.keys(source)).toEqual([keyOf('one-A')]);
    expect(asked).toEqual(['dead', 'alive']);
  });
}

async function followerOf({ store, ports }: TestStore): Promise<SnapshotFollower> {
  const source = storeSource({
    url: ISSUER,
    token: ROUTER_TOKEN,
    routerId: 'r1',
    role: 'router',
    runtime: 'node',
    fetch: (url, init) => store.fetch(new Request(url, init)),
  });
  const clock = new FakeClock();
  clock.now = () => ports.time.now;
  const manifestKeys = await store.manifestKeys();
  const follower = createFollower(
    { clock, random: new FakeRandom(), source, log: () => {} },
    { manifestKeys, routerId: 'r1' },
  );
  await follower.start();
  return follower;
}
