import { expect, test } from 'vitest';
import type { PinnedSnapshot } from '../facts.ts';
import { NOW } from '../identity/caller.fake.ts';
import { forgePair } from '../identity/token-forge.fake.ts';
import { FakeClock, FakeRandom, RecordedLog } from '../ports.fake.ts';
import { ChunkUnavailable } from './chunk-reader.ts';
import { createFollower, type FollowerOptions, type SnapshotFollower } from './follower.ts';
import { loadGateway } from './loaded-gateway.ts';
import { FakePublisher, gatewayChunk, MemoryCache, serviceChunk } from './published.fake.ts';

const HARD = 3_600_000;

interface Setting {
  readonly publisher: FakePublisher;
  readonly clock: FakeClock;
  readonly cache: MemoryCache;
  readonly log: RecordedLog;
  newFollower(options?: Pick<FollowerOptions, 'gateways'>): SnapshotFollower;
}

async function setUp(): Promise<Setting> {
  const publisher = await FakePublisher.create();
  const clock = new FakeClock(NOW);
  const cache = new MemoryCache();
  const log = new RecordedLog();
  const ports = { clock, random: new FakeRandom(), source: publisher, cache, log: log.log };
  const { manifestKeys } = publisher;
  const newFollower = (options: Pick<FollowerOptions, 'gateways'> = {}) =>
    createFollower(ports, { manifestKeys, routerId: 'router-1', ...options });
  return { publisher, clock, cache, log, newFollower };
}

const inForce = (follower: SnapshotFollower, now = NOW): PinnedSnapshot => {
  const snapshot = follower.current(now);
  if (typeof snapshot === 'string') throw new Error(snapshot);
  return snapshot;
};

test('refuses all before the first load', async () => {
  const { publisher, newFollower } = await setUp();
  publisher.down = true;
  const follower = newFollower();
  await follower.start();
  expect(follower.current(NOW)).toBe('snapshot_unavailable');
  expect(follower.status()).toMatchObject({ revision: undefined, lastError: 'connection refused' });
});

test('loads a service when it is first met, and has it at once from then on', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ services: [serviceChunk('orders'), serviceChunk('cart')] });
  const follower = newFollower();
  await follower.start();
  const asked = publisher.asked.length;
  const snapshot = inForce(follower);
  expect((await snapshot.service('shop', 'orders'))?.key).toBe('shop/orders');
  expect(snapshot.service('shop', 'orders')).toMatchObject({ key: 'shop/orders' });
  expect(publisher.asked.length).toBe(asked + 2);
});

test('a service that is not there is unknown without a chunk of its own', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ services: [serviceChunk('orders')] });
  const follower = newFollower();
  await follower.start();
  for (const name of ['nothing', '__proto__', 'constructor', 'orders/../orders', '']) {
    expect(await inForce(follower).service('shop', name)).toBeUndefined();
  }
});

test('finds the policies of a namespace', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ policies: [{ namespace: 'shop', name: 'p', action: 'DENY', rules: [{}] }] });
  const follower = newFollower();
  await follower.start();
  expect(await inForce(follower).policies('shop')).toBeDefined();
  expect(await inForce(follower).policies('billing')).toBeUndefined();
});

test('what is in use is loaded before the switch, what did not change is not fetched again', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ services: [serviceChunk('orders'), serviceChunk('cart')] });
  const follower = newFollower();
  await follower.start();
  const before = inForce(follower);
  const cart = await before.service('shop', 'cart');
  await before.service('shop', 'orders');
  await publisher.publish({
    services: [serviceChunk('orders', { peerAuthentication: 'PERMISSIVE' }), serviceChunk('cart')],
  });
  expect(await follower.refresh(0)).toBe('new');
  expect(inForce(follower).service('shop', 'orders')).toMatchObject({ chunk: { peerAuthentication: 'PERMISSIVE' } });
  expect(inForce(follower).service('shop', 'cart')).toBe(cart);
  expect(before.service('shop', 'orders')).toMatchObject({ chunk: { peerAuthentication: 'STRICT' } });
});

test('a generation whose chunks can not be had does not come into force', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ services: [serviceChunk('orders')] });
  const follower = newFollower();
  await follower.start();
  await inForce(follower).service('shop', 'orders');
  await publisher.publish({ services: [serviceChunk('orders', { ports: [{ port: 8080 }] })] });
  publisher.chunks.clear();
  expect(await follower.refresh(0)).toBe('failed');
  expect(inForce(follower).generation).toBe(1);
  expect(inForce(follower).service('shop', 'orders')).toMatchObject({ key: 'shop/orders' });
});

test('a service that was never met can not be had while the store is down', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ services: [serviceChunk('orders')] });
  const follower = newFollower();
  await follower.start();
  publisher.down = true;
  await expect(inForce(follower).service('shop', 'orders')).rejects.toThrow(ChunkUnavailable);
});

test('a chunk that does not have its hash is refused', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ services: [serviceChunk('orders')] });
  const follower = newFollower();
  await follower.start();
  for (const hash of publisher.chunks.keys()) publisher.chunks.set(hash, '{"kind":"service"}');
  await expect(inForce(follower).service('shop', 'orders')).rejects.toThrow('does not have its hash');
});

test('the store goes down: last known good until it is too old', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish();
  const follower = newFollower();
  await follower.start();
  publisher.down = true;
  expect(await follower.refresh(0)).toBe('failed');
  expect(inForce(follower, NOW + HARD).generation).toBe(1);
  expect(follower.current(NOW + HARD + 1)).toBe('snapshot_stale');
});

test('"nothing new" confirms what is in force', async () => {
  const { publisher, clock, newFollower } = await setUp();
  await publisher.publish();
  const follower = newFollower();
  await follower.start();
  clock.after(HARD, () => {});
  clock.next();
  expect(await follower.refresh(25_000)).toBe('same');
  expect(publisher.held).toEqual([undefined, 1]);
  expect(inForce(follower, NOW + 2 * HARD).generation).toBe(1);
  expect(follower.status()).toMatchObject({ generation: 1, confirmedAt: NOW + HARD, lastError: undefined });
});

test.each([
  ['an older generation', async (publisher: FakePublisher) => publisher.publish({ manifest: { generation: 1 } })],
  [
    'another manifest of the same generation',
    async (publisher: FakePublisher) => {
      await publisher.publish({ services: [serviceChunk('evil')], manifest: { generation: 2 } });
      publisher.generation = 99;
    },
  ],
  [
    'one that is not signed by a pinned key',
    async (publisher: FakePublisher) => publisher.publish({}, (await forgePair()).privateKey),
  ],
])('refuses %s and keeps what it has', async (_name, publish) => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ manifest: { generation: 2 } });
  const follower = newFollower();
  await follower.start();
  await publish(publisher);
  expect(await follower.refresh(0)).toBe('failed');
  expect(inForce(follower).generation).toBe(2);
  expect(follower.status().lastError).toBeDefined();
});

test('starts from the cache when the store is down, with the services it knew', async () => {
  const { publisher, cache, newFollower } = await setUp();
  await publisher.publish({ services: [serviceChunk('orders')] });
  const before = newFollower();
  await before.start();
  await inForce(before).service('shop', 'orders');
  publisher.down = true;
  const after = newFollower();
  await after.start();
  expect(await inForce(after).service('shop', 'orders')).toMatchObject({ key: 'shop/orders' });
  expect(after.current(NOW + HARD + 1)).toBe('snapshot_stale');
  expect(
    await after.signer.sign({ caller: null, upstream: 'x', via: [], policy: 'p', generation: 1 }, NOW),
  ).toBeTruthy();
  expect(cache.kept?.confirmedAt).toBe(NOW);
});

test('a restart does not open the door to an older generation', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ manifest: { generation: 5 } });
  await newFollower().start();
  await publisher.publish({ manifest: { generation: 4 } });
  const after = newFollower();
  await after.start();
  expect(inForce(after).generation).toBe(5);
});

test('not even when the newer one in the cache has lost its chunks', async () => {
  const { publisher, cache, newFollower } = await setUp();
  await publisher.publish({ manifest: { generation: 5 } });
  await newFollower().start();
  cache.chunks.clear();
  publisher.chunks.clear();
  await publisher.publish({ manifest: { generation: 4, revision: 77 } });
  const lost = [...publisher.chunks.keys()];
  publisher.down = true;
  const after = newFollower();
  await after.start();
  publisher.down = false;
  expect(lost).not.toEqual([]);
  expect(await after.refresh(0)).toBe('failed');
  expect(after.current(NOW)).toBe('snapshot_unavailable');
});

test('a damaged cache is passed over', async () => {
  const { publisher, cache, newFollower, log } = await setUp();
  await publisher.publish({ services: [serviceChunk('orders')] });
  await newFollower().start();
  for (const hash of cache.chunks.keys()) cache.chunks.set(hash, 'damaged');
  cache.kept = { jws: 'damaged', confirmedAt: NOW, hopKey: {}, manifestKeys: [] };
  const after = newFollower();
  await after.start();
  expect(await inForce(after).service('shop', 'orders')).toMatchObject({ key: 'shop/orders' });
  expect(log.lines.map(({ message }) => message)).toContain('a cached chunk is damaged and is fetched again');
});

test('a cache from the future is as old as now', async () => {
  const { publisher, cache, newFollower } = await setUp();
  await publisher.publish();
  await newFollower().start();
  cache.kept = { ...cache.kept!, confirmedAt: NOW + 10 * HARD };
  publisher.down = true;
  const after = newFollower();
  await after.start();
  expect(after.current(NOW + HARD + 1)).toBe('snapshot_stale');
});

test('once retired it decides nothing, and still hears what changes', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ services: [serviceChunk('orders')] });
  const follower = newFollower();
  await follower.start();
  follower.retire();
  expect(follower.current(NOW)).toBe('draining');
  const heard: number[] = [];
  follower.onChange(({ generation }) => void heard.push(generation));
  await publisher.publish({ services: [serviceChunk('orders')] });
  expect(await follower.refresh(0)).toBe('new');
  expect(heard).toEqual([follower.status().generation]);
});

test('gateways are loaded only for whoever serves them', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ gateways: [gatewayChunk('front'), gatewayChunk('back')] });
  const [router, gateway] = [newFollower(), newFollower({ gateways: loadGateway })];
  await router.start();
  await gateway.start();
  expect([...inForce(router).gateways.keys()]).toEqual([]);
  expect([...inForce(gateway).gateways.keys()].sort()).toEqual(['shop/back', 'shop/front']);
});

test('listeners are done before the generation is acknowledged; one that fails stops nobody', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish();
  const follower = newFollower();
  const seen: string[] = [];
  follower.onChange(() => Promise.reject(new Error('port in use')));
  const takeOff = follower.onChange(async ({ generation }) => {
    await Promise.resolve();
    seen.push(`listener ${generation}, asked ${publisher.held.length}`);
  });
  await follower.start();
  takeOff();
  await publisher.publish();
  await follower.refresh(0);
  expect(seen).toEqual(['listener 1, asked 1']);
});

test('follows for ever: waits longer after each failure, not at all after news', async () => {
  const { publisher, clock, newFollower } = await setUp();
  publisher.down = true;
  const follower = newFollower();
  const times: number[] = [];
  const ask = publisher.manifest.bind(publisher);
  let stop = (): void => {};
  const done = new Promise<void>((resolve) => {
    publisher.manifest = async (held) => {
      times.push(clock.now() - NOW);
      if (times.length === 4) {
        publisher.down = false;
        await publisher.publish();
      }
      if (times.length === 6) {
        stop();
        resolve();
      }
      return ask(held);
    };
  });
  stop = follower.follow();
  await clock.settle(done);
  expect(times).toEqual([0, 375, 1125, 2625, 2625, 3625]);
  expect(inForce(follower, clock.now()).generation).toBe(1);
});

test('a manifest of a new key is believed on the word of the key before, after a restart too', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish();
  const follower = newFollower();
  await follower.start();
  const second = await publisher.rotate('manifest-2');
  const third = await publisher.rotate('manifest-3', second.privateKey, 'manifest-2');
  await publisher.publish({}, third.privateKey, 'manifest-3');
  expect(await follower.refresh(0)).toBe('new');
  publisher.endorsed = [];
  const after = newFollower();
  await after.start();
  expect(inForce(after).generation).toBe(2);
});

test('a manifest of a new key that nobody vouches for is refused', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish();
  const follower = newFollower();
  await follower.start();
  const stranger = await forgePair();
  await publisher.publish({}, stranger.privateKey, 'manifest-2');
  expect(await follower.refresh(0)).toBe('failed');
  expect(inForce(follower).generation).toBe(1);
});

test('a revoked manifest key signs nothing more, and leads to no other', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish();
  const follower = newFollower();
  await follower.start();
  const next = await publisher.rotate('manifest-2');
  const revocations = { ids: [], jkts: [], kids: ['manifest-1'], issuedBefore: {}, workloads: [] };
  await publisher.publish({ manifest: { revocations } }, next.privateKey, 'manifest-2');
  expect(await follower.refresh(0)).toBe('new');
  await publisher.publish();
  expect(await follower.refresh(0)).toBe('failed');
  const evil = await publisher.rotate('manifest-3');
  await publisher.publish({}, evil.privateKey, 'manifest-3');
  expect(await follower.refresh(0)).toBe('failed');
  expect(inForce(follower).generation).toBe(2);
});

test('the hop key is fetched when another one signs, and only then', async () => {
  const { publisher, newFollower } = await setUp();
  let fetched = 0;
  const hopKey = publisher.hopKey.bind(publisher);
  publisher.hopKey = () => {
    fetched++;
    return hopKey();
  };
  await publisher.publish({ manifest: { hopKid: 'hop-1' } });
  const follower = newFollower();
  await follower.start();
  await publisher.publish({ manifest: { hopKid: 'hop-1' } });
  await follower.refresh(0);
  expect(fetched).toBe(1);
  await publisher.publish({ manifest: { hopKid: 'hop-2' } });
  await follower.refresh(0);
  expect(fetched).toBe(2);
});

test('a hop key that is not the one of the manifest does not come into force', async () => {
  const { publisher, newFollower } = await setUp();
  await publisher.publish({ manifest: { hopKid: 'hop-1' } });
  const follower = newFollower();
  await follower.start();
  await publisher.publish({ manifest: { hopKid: 'hop-2' } });
  expect(await follower.refresh(0)).toBe('failed');
  expect(inForce(follower).generation).toBe(1);
});

test('the same failure is told once, and that it is over', async () => {
  const { publisher, newFollower, log } = await setUp();
  await publisher.publish({});
  const follower = newFollower();
  await follower.start();
  const before = log.lines.length;
  publisher.down = true;
  for (let n = 0; n < 3; n++) await follower.refresh(0);
  publisher.down = false;
  for (let n = 0; n < 3; n++) await follower.refresh(0);
  publisher.down = true;
  await follower.refresh(0);
  const [again, over] = ['the snapshot was not refreshed', 'the snapshot is refreshed again'];
  expect(log.lines.slice(before).map(({ message }) => message)).toEqual([again, over, again]);
});
