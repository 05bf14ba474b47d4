import { Cancellation } from '../../../router/cancellation.ts';
import { HeaderList } from '../../../router/headers.ts';
import { createRouter, type Router } from '../../../router/index.ts';
import type { Body, Connection, RequestHead } from '../../../router/message.ts';
import type { RouterPorts } from '../../../router/ports.ts';
import { FakePublisher } from '../../../router/snapshot/published.fake.ts';
import type { RequestRecord } from '../../../router/telemetry/record.ts';
import type { ServiceChunk } from '../../../snapshot/chunk.ts';
import type { MeshSettings } from '../../../snapshot/manifest.ts';
import { MESH } from '../../../snapshot/mesh-settings.fake.ts';
import { serviceChunkAt } from '../../../snapshot/service-chunk.fake.ts';
import { withInstantCrypto } from './instant-crypto.ts';
import { SeededRandom } from './seeded-random.ts';
import { type EndpointSettings, SimulatedEndpoint } from './simulated-endpoint.ts';
import { SimulatedNetwork, type Watch } from './simulated-network.ts';
import { Tally } from './tally.ts';
import { VirtualTime } from './virtual-time.ts';

export interface WorldSettings {
  readonly seed: string;
  /** One region for each router; undefined: it knows none. */
  readonly routers: readonly (string | undefined)[];
  /** Services by `namespace/name`: their endpoints, and how their chunk differs from the defaults. */
  readonly services: Readonly<Record<string, ServiceSettings>>;
  readonly watch?: Watch;
  /** Milliseconds without word from the policy store after which everything is refused. */
  readonly hardStaleness?: number;
}

export interface ServiceSettings {
  readonly endpoints: readonly EndpointSettings[];
  readonly chunk?: Partial<ServiceChunk>;
}

/** One request of a caller. */
export interface Asked {
  readonly method?: string;
  readonly authority?: string;
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: Body;
}

/** A router of the world, with the wall clock of its machine. */
export interface SimulatedRouter {
  readonly id: string;
  readonly router: Router;
  readonly random: SeededRandom;
  /** Milliseconds that its wall clock is ahead. */
  skew: number;
  /** The policy store can not be reached from here. */
  partitioned: boolean;
}

const CONNECTION: Connection = { remoteAddress: '10.0.0.1', protocol: 'http/1.1', tls: false };
const EMPTY: Body = { empty: true, spent: false, buffer: () => Promise.resolve(), digest: async () => undefined };
/** Milliseconds between a router and the policy store. */
const TO_STORE = 20;

/** Routers with the real pipeline and real snapshots, in a world where time, chance, network and services are made up. */
export class World {
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly endpoints = new Map<string, SimulatedEndpoint>();
  readonly routers: SimulatedRouter[] = [];
  /** What callers see from now on; replaced to look at another stretch of time. */
  tally = new Tally();
  /** Hears of every request that ended. */
  onRecord: ((record: RequestRecord, router: string) => void) | undefined;
  readonly publisher: FakePublisher;
  readonly #services: Map<string, ServiceSettings>;
  readonly #mesh: MeshSettings;
  readonly #networks: SimulatedNetwork[] = [];
  readonly #news = new Set<() => void>();

  private constructor(settings: WorldSettings, publisher: FakePublisher) {
    this.random = new SeededRandom(settings.seed);
    this.publisher = publisher;
    this.#mesh = { ...MESH, staleness: { ...MESH.staleness, hard: settings.hardStaleness ?? MESH.staleness.hard } };
    this.#services = new Map(Object.entries(settings.services));
    for (const [key, { endpoints }] of this.#services)
      for (const endpoint of endpoints) this.addEndpoint(key, endpoint);
    for (const [n, region] of settings.routers.entries()) {
      this.routers.push(this.#router(`r${n + 1}`, settings.seed, region, settings.watch));
    }
  }

  /** Runs `live` in a new world; afterwards nothing of it is left. */
  static async run<T>(settings: WorldSettings, live: (world: World) => Promise<T>): Promise<T> {
    const publisher = await FakePublisher.create();
    const giveBack = withInstantCrypto();
    try {
      const world = new World(settings, publisher);
      await world.publish();
      const followers = world.routers.map(({ router }) => router.follower.start().then(() => router.follower.follow()));
      await world.pass(1);
      const stops = await Promise.all(followers);
      const result = await live(world);
      for (const stop of stops) stop();
      return result;
    } finally {
      giveBack();
    }
  }

  /** Seconds. */
  pass(seconds: number): Promise<void> {
    return this.time.runUntil(this.time.now + seconds * 1000);
  }

  /** What callers see while time goes on for so many seconds. */
  async look(seconds: number): Promise<Tally> {
    const tally = new Tally();
    this.tally = tally;
    await this.pass(seconds);
    this.tally = new Tally();
    return tally;
  }

  /** From now on, callers at each router ask so many times a second, independently of each other. @returns ends it */
  load(
    rate: number | ((router: SimulatedRouter, now: number) => number),
    ask: (random: SeededRandom) => Asked = GET,
  ): () => void {
    let over = false;
    for (const router of this.routers) {
      const next = (): void => {
        if (over) return;
        const now = typeof rate === 'number' ? rate : rate(router, this.time.now);
        if (now <= 0) {
          this.time.after(100, next);
          return;
        }
        this.time.after(router.random.exponential(1000 / now), () => {
          if (over) return;
          void this.ask(router, ask(router.random));
          next();
        });
      };
      next();
    }
    return () => {
      over = true;
    };
  }

  /** @returns the status, when all is over */
  async ask(router: SimulatedRouter, asked: Asked = {}, cancellation = new Cancellation()): Promise<number> {
    const { method = 'GET', authority = 'orders.shop.mesh', target = '/', headers = [], body = EMPTY } = asked;
    const request: RequestHead = { method, scheme: 'http', authority, target, headers: new HeaderList([...headers]) };
    const reply = await router.router.handle(request, body, CONNECTION, cancellation);
    reply.finish({ outcome: 'complete', bytesOut: 0 });
    return reply.status;
  }

  /** Tries that nobody has heard of the end of. */
  get underWay(): number {
    return this.#networks.reduce((sum, { underWay }) => sum + underWay, 0);
  }

  endpoint(id: string): SimulatedEndpoint {
    const endpoint = this.endpoints.get(id);
    if (endpoint === undefined) throw new Error(`there is no endpoint ${id}`);
    return endpoint;
  }

  /** All endpoints of one service, or those in one region. */
  endpointsOf(key: string, region?: string): SimulatedEndpoint[] {
    const { endpoints } = this.#services.get(key) as ServiceSettings;
    return endpoints.filter((one) => region === undefined || one.region === region).map(({ id }) => this.endpoint(id));
  }

  addEndpoint(key: string, settings: EndpointSettings): SimulatedEndpoint {
    const random = new SeededRandom(`${this.random.next()} ${key} ${settings.id}`);
    const endpoint = new SimulatedEndpoint(settings, this.time, random);
    this.endpoints.set(settings.id, endpoint);
    return endpoint;
  }

  /** A new generation. @param changes services that are different from now on */
  async publish(changes: Readonly<Record<string, ServiceSettings>> = {}): Promise<void> {
    for (const [key, settings] of Object.entries(changes)) {
      for (const endpoint of settings.endpoints) if (!this.endpoints.has(endpoint.id)) this.addEndpoint(key, endpoint);
      this.#services.set(key, settings);
    }
    const services = [...this.#services].map(([key, settings]) => chunkOf(key, settings));
    await this.publisher.publish({ services, manifest: { mesh: this.#mesh } });
    for (const tell of [...this.#news]) tell();
  }

  #router(id: string, seed: string, region: string | undefined, watch: Watch | undefined): SimulatedRouter {
    const { time, endpoints } = this;
    const random = new SeededRandom(`${seed} ${id}`);
    const network = new SimulatedNetwork({ region, time, endpoints, watch });
    this.#networks.push(network);
    const ports: RouterPorts = {
      clock: time.clock(() => simulated.skew),
      random,
      transport: network,
      telemetry: {
        record: (record) => {
          this.tally.add(record.status, record.reason, record.duration, record.attempts.length);
          this.onRecord?.(record, id);
        },
      },
      log: (level, message, fields) => {
        if (level === 'error') throw new Error(`${message} ${JSON.stringify(fields)}`);
      },
      source: this.#source(() => simulated.partitioned),
    };
    const options = {
      manifestKeys: this.publisher.manifestKeys,
      routerId: id,
      ...(region !== undefined && { region }),
    };
    const simulated: SimulatedRouter = {
      id,
      router: createRouter(ports, options),
      random: new SeededRandom(`${seed} callers of ${id}`),
      skew: 0,
      partitioned: false,
    };
    return simulated;
  }

  /** The policy store from one router's place: it holds questions until there is news, unless nobody gets through. */
  #source(partitioned: () => boolean): RouterPorts['source'] {
    const { publisher, time } = this;
    const reach = async (): Promise<void> => {
      await time.wait(TO_STORE);
      if (partitioned()) throw new Error('connection timed out');
    };
    return {
      manifest: async (held, waitMs) => {
        await reach();
        if (held === publisher.generation && waitMs > 0) await this.#newsWithin(waitMs);
        await reach();
        return publisher.manifest(held);
      },
      chunk: (hash) => reach().then(() => publisher.chunk(hash)),
      hopKey: () => reach().then(() => publisher.hopKey()),
      endorsements: () => reach().then(() => publisher.endorsements()),
    };
  }

  #newsWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const tell = (): void => {
        takeBack();
        this.#news.delete(tell);
        resolve();
      };
      const takeBack = this.time.after(ms, tell);
      this.#news.add(tell);
    });
  }
}

const GET = (): Asked => ({});

/** As the compiler makes it of a Service that everybody may call. */
function chunkOf(key: string, { endpoints, chunk }: ServiceSettings): ServiceChunk {
  const [namespace = '', name = ''] = key.split('/');
  return serviceChunkAt(key, {
    peerAuthentication: 'PERMISSIVE',
    policies: [{ namespace, name, action: 'ALLOW', rules: [{}] }],
    endpoints: endpoints.map(({ id, region, weight = 1 }) => ({
      id,
      url: `http://${id}.test`,
      weight,
      ...(region !== undefined && { region }),
    })),
    ...chunk,
  });
}
