import { HeaderList } from '../router/headers.ts';
import { Cancellation, createRouter, type RouterPorts } from '../router/index.ts';
import type { Body } from '../router/message.ts';
import { FakePublisher } from '../router/snapshot/published.fake.ts';
import { serviceChunkAt } from '../snapshot/service-chunk.fake.ts';

/**
 * What a request costs in the whole pipeline of a router, from the head to the answer, with an upstream that answers at
 * once. Prints what the fastest tenth of the rounds took: `npm run bench:forward`.
 */

const ROUNDS = 40;
const REQUESTS = 5000;

const publisher = await FakePublisher.create();
await publisher.publish({
  services: [1, 10, 100].map((count) =>
    serviceChunkAt(`shop/of${count}`, {
      peerAuthentication: 'PERMISSIVE',
      policies: [{ namespace: 'shop', name: 'all', action: 'ALLOW', rules: [{}] }],
      endpoints: Array.from({ length: count }, (_, n) => ({ id: `e${n}`, url: `http://e${n}.test`, weight: 1 })),
    }),
  ),
});

const body = { discard: (): void => {} };
const ports: RouterPorts = {
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  },
  random: { next: () => Math.random(), bytes: (length) => new Uint8Array(length).fill(7) },
  transport: { send: async () => ({ status: 200, headers: new HeaderList(), body }) },
  source: {
    manifest: (held) => publisher.manifest(held),
    chunk: (hash) => publisher.chunk(hash),
    hopKey: () => publisher.hopKey(),
    endorsements: () => publisher.endorsements(),
  },
  telemetry: { record: () => {} },
  log: () => {},
};
const { handle, follower } = createRouter(ports, { manifestKeys: publisher.manifestKeys, routerId: 'bench' });
await follower.start();

const EMPTY: Body = { empty: true, spent: false, buffer: () => Promise.resolve(), digest: async () => undefined };
const CONNECTION = { remoteAddress: '10.0.0.1', protocol: 'http/1.1', tls: false } as const;

async function ask(authority: string): Promise<void> {
  const headers = HeaderList.from([
    ['accept', '*/*'],
    ['user-agent', 'bench'],
  ]);
  const request = { method: 'GET', scheme: 'http', authority, target: '/a?b', headers } as const;
  const reply = await handle(request, EMPTY, CONNECTION, new Cancellation());
  if (reply.status !== 200) throw new Error(`${authority} answered ${reply.status}: ${String(reply.body)}`);
  reply.finish({ outcome: 'complete' });
}

for (let n = 0; n < 20_000; n++) await ask('of10.shop.mesh');
for (const count of [1, 10, 100]) {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let n = 0; n < REQUESTS; n++) await ask(`of${count}.shop.mesh`);
    rounds.push(((performance.now() - start) / REQUESTS) * 1000);
  }
  const fast = rounds.sort((a, b) => a - b)[ROUNDS / 10] as number;
  process.stdout.write(`${count} endpoints: ${fast.toFixed(2)} us a request\n`);
}
process.exit(0);
