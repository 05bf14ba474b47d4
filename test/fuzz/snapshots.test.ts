import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NOW } from '../../router/identity/caller.fake.ts';
import { FakeClock, FakeRandom, RecordedLog } from '../../router/ports.fake.ts';
import { ChunkUnavailable } from '../../router/snapshot/chunk-reader.ts';
import { createFollower, type SnapshotFollower } from '../../router/snapshot/follower.ts';
import { loadGateway } from '../../router/snapshot/loaded-gateway.ts';
import { FakePublisher, gatewayChunk, serviceChunk } from '../../router/snapshot/published.fake.ts';
import { SnapshotRejected } from '../../router/snapshot/snapshot-rejected.ts';
import { parseJoin } from '../../workers/store-client/join.ts';
import { fuzz, mutated, TIMEOUT } from './budget.ts';

const unit = fc.constantFrom(...'AZaz09-_=.{}[]",:\u0000');
const publisher = await FakePublisher.create();
const content = { services: [serviceChunk('orders'), serviceChunk('cart')], gateways: [gatewayChunk('edge')] };
const honest = await publisher.publish(content);
const chunks = new Map(publisher.chunks);

function newFollower(): SnapshotFollower {
  const ports = { clock: new FakeClock(NOW), random: new FakeRandom(), source: publisher, log: new RecordedLog().log };
  return createFollower(ports, { manifestKeys: publisher.manifestKeys, routerId: 'router-1', gateways: loadGateway });
}

const signed = (text: string): string => text.slice(0, text.lastIndexOf('.'));

test(
  'no manifest is put in force that was not signed like this, and none makes a follower throw',
  async () => {
    await fuzz(
      fc.asyncProperty(
        mutated([honest], unit),
        fc.array(mutated([honest], unit), { maxLength: 2 }),
        async (text, endorsed) => {
          publisher.jws = text;
          publisher.endorsed = endorsed;
          const follower = newFollower();
          await follower.refresh(0);
          if (follower.status().generation !== undefined) expect(signed(text)).toBe(signed(honest));
        },
      ),
    );
  },
  TIMEOUT,
);

test(
  'no chunk is believed that does not have its hash, and only the two errors come of it',
  async () => {
    publisher.jws = honest;
    publisher.endorsed = [];
    const hashes = [...chunks.keys()];
    await fuzz(
      fc.asyncProperty(fc.constantFrom(...hashes), mutated([...chunks.values()], unit), async (hash, text) => {
        fc.pre(text !== chunks.get(hash));
        for (const [key, value] of chunks) publisher.chunks.set(key, key === hash ? text : value);
        const follower = newFollower();
        await follower.start();
        const snapshot = follower.current(NOW);
        if (typeof snapshot === 'string') return;
        for (const name of ['orders', 'cart']) {
          const found = await Promise.resolve()
            .then(() => snapshot.service('shop', name))
            .catch((error: unknown) => error);
          if (found instanceof Error) {
            expect(
              [ChunkUnavailable, SnapshotRejected].some((known) => found instanceof known),
              String(found),
            ).toBe(true);
          } else expect(found).toMatchObject({ key: `shop/${name}` });
        }
      }),
    );
  },
  TIMEOUT,
);

const SECRET = 'router-token-that-nobody-may-read';
const join = JSON.stringify({ store: 'http://127.0.0.1:8082', token: SECRET, manifestKeys: publisher.manifestKeys });

test(
  'a join file is read or refused, and no refusal quotes it',
  async () => {
    expect(parseJoin(join).token).toBe(SECRET);
    await fuzz(
      fc.property(mutated([join], unit), (text) => {
        try {
          const { store, token, manifestKeys } = parseJoin(text);
          expect([/^https?:\/\/[^/?#@]+$/.test(store), token === '', manifestKeys.length > 0]).toEqual([
            true,
            false,
            true,
          ]);
        } catch (error) {
          expect(String(error)).not.toContain(SECRET.slice(0, 12));
        }
      }),
    );
  },
  TIMEOUT,
);
