import { HeaderList } from '../router/headers.ts';
import { NOW } from '../router/identity/caller.fake.ts';
import { Cancellation, createRouter, type RouterPorts, StageStats } from '../router/index.ts';
import type { Body } from '../router/message.ts';
import { FakePublisher } from '../router/snapshot/published.fake.ts';
import type { ServiceChunk } from '../snapshot/chunk.ts';
import type { RouteTable } from '../snapshot/route.ts';
import { serviceChunkAt } from '../snapshot/service-chunk.fake.ts';
import { systemRandom } from '../workers/platform/random.ts';
import { type Row, rowOf } from './rows.ts';

const SERVICES = 100;
const ROUTES = 10;
const WARM_UP = 30_000;
const REQUESTS = 10_000;

/** Weighted routes by prefix. */
const table = (name: string): RouteTable => ({
  matches: Array.from({ length: ROUTES }, (_, rule) => ({
    rule,
    path: { type: 'PathPrefix', value: `/api/v1/resource-${rule}` },
  })),
  rules: Array.from({ length: ROUTES }, (_, rule) => ({
    id: { kind: 'HTTPRoute', namespace: 'shop', name, rule },
    filters: [],
    backends: [
      { weight: 90, namespace: 'shop', name, port: 80, filters: [] },
      { weight: 10, namespace: 'shop', name: `${name}-v2`, port: 80, filters: [] },
    ],
  })),
});

const chunkOf = (name: string, routes: RouteTable | null): ServiceChunk =>
  serviceChunkAt(`shop/${name}`, {
    routes: { default: routes, byPort: {} },
    policies: [
      {
        namespace: 'shop',
        name,
        action: 'ALLOW',
        rules: [
          {
            from: [{ principals: ['mesh.local/ns/shop/sa/cart'] }],
            to: [{ methods: ['GET'] }],
          },
        ],
      },
    ],
    endpoints: [1, 2].map((n) => ({ id: `e${n}`, url: `http://e${n}.test`, weight: 1 })),
  });

/** A service with ten weighted routes and a policy that lets one caller in. */
export const routedService = (name: string): ServiceChunk => chunkOf(name, table(name));

/** A request that is ready to be sent. */
export interface Prepared {
  readonly authority: string;
  readonly target: string;
  readonly credentials: readonly (readonly [string, string])[];
}

/** The real pipeline with real identities, on an upstream that answers at once. */
export async function measurePipeline(rounds: number): Promise<Row[]> {
  const publisher = await FakePublisher.create();
  const names = Array.from({ length: SERVICES }, (_, n) => `svc-${n}`);
  await publisher.publish({ services: names.flatMap((name) => [routedService(name), chunkOf(`${name}-v2`, null)]) });
  const stats = new StageStats();
  const { ask } = await startRouter(publisher, stats);
  const asks = await prepare(publisher, names);
  const askNext = (n: number): Promise<void> => ask(asks[n % asks.length] as Prepared);
  const before = (): number => {
    const stages = stats.list();
    const forward = stages.findIndex(({ stage }) => stage === 'forward');
    return stages.slice(0, forward).reduce((sum, { millis }) => sum + millis, 0);
  };
  for (let n = 0; n < WARM_UP; n++) await askNext(n);
  const upTo: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [spent, start] = [before(), performance.now()];
    for (let n = 0; n < REQUESTS; n++) await askNext(n);
    upTo.push(((before() - spent) / REQUESTS) * 1000);
    whole.push(((performance.now() - start) / REQUESTS) * 1000);
  }
  return [
    rowOf('pipeline', 'up to forward, 1,000 routes', upTo, 'us'),
    rowOf('pipeline', 'whole, with an upstream that answers at once', whole, 'us'),
  ];
}

/** A router that serves what is published. `ask` throws where the answer is not 200. */
export async function startRouter(
  publisher: FakePublisher,
  stats?: StageStats,
): Promise<{ ask(prepared: Prepared): Promise<void> }> {
  const { handle, follower } = createRouter(portsOf(publisher), {
    manifestKeys: publisher.manifestKeys,
    routerId: 'bench',
    ...(stats && { stats }),
  });
  await follower.start();
  return {
    ask: async ({ authority, target, credentials }) => {
      const headers = HeaderList.from([['accept', '*/*'], ['user-agent', 'bench'], ...credentials]);
      const request = { method: 'GET', scheme: 'http', authority, target, headers } as const;
      const reply = await handle(request, EMPTY, CONNECTION, new Cancellation());
      if (reply.status !== 200) throw new Error(`${authority} answered ${reply.status}: ${String(reply.body)}`);
      reply.finish({ outcome: 'complete' });
    },
  };
}

function prepare({ caller }: FakePublisher, names: readonly string[]): Promise<Prepared[]> {
  return Promise.all(
    names.map(async (name, n) => {
      const authority = `${name}.shop.mesh`;
      const { wit, wpt } = await caller.credentials({ aud: `http://${authority}` });
      const credentials = [
        ['workload-identity-token', wit[0] ?? ''],
        ['workload-proof-token', wpt[0] ?? ''],
      ] as const;
      return { authority, target: `/api/v1/resource-${n % ROUTES}/item?page=${n}`, credentials };
    }),
  );
}

/** Tokens of the fake caller hold at its own time. */
export const portsOf = (publisher: FakePublisher): RouterPorts => ({
  clock: {
    now: () => NOW,
    monotonic: () => performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  },
  random: systemRandom,
  transport: { send: async () => ({ status: 200, headers: new HeaderList(), body: { discard: (): void => {} } }) },
  source: {
    manifest: (held) => publisher.manifest(held),
    chunk: (hash) => publisher.chunk(hash),
    hopKey: () => publisher.hopKey(),
    endorsements: () => publisher.endorsements(),
  },
  telemetry: { record: () => {} },
  log: () => {},
});

const EMPTY: Body = { empty: true, spent: false, buffer: () => Promise.resolve(), digest: async () => undefined };
const CONNECTION = { remoteAddress: '10.0.0.1', protocol: 'http/1.1', tls: false } as const;
