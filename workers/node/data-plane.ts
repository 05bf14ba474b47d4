import { createGateway } from '../../gateway/index.ts';
import {
  type CounterStore,
  createFollower,
  createRouter,
  loadGateway,
  type ReplayStore,
  type Router,
  type RouterPorts,
  type ServiceHealth,
  type SnapshotCache,
  type SnapshotFollower,
  type StageStat,
  StageStats,
} from '../../router/index.ts';
import { systemClock } from '../platform/clock.ts';
import type { DrainTimes } from '../platform/drain-times.ts';
import { systemRandom } from '../platform/random.ts';
import type { StoreSource } from '../store-client/source.ts';
import type { Recorder } from '../telemetry/recorder.ts';
import { socketError, urlOf } from './addresses.ts';
import { Doorway } from './doorway.ts';
import { GatewaySockets } from './gateway-sockets.ts';
import { HttpListener } from './http-listener.ts';
import type { Voice } from './log.ts';
import { NodeTransport } from './node-transport.ts';
import { Timer } from './timer.ts';

/** Sockets of the data plane, before there is anything to serve on them. */
export interface Doors {
  readonly router?: Door;
  readonly gateway?: Door;
}

export interface Door {
  readonly doorway: Doorway;
  readonly listener: HttpListener;
  readonly url: string;
}

interface DoorAddress {
  readonly host: string;
  readonly port: number;
  /** Shared with others that say so too. */
  readonly reusePort?: boolean;
}

/** @throws StartError */
export async function openDoor(address: DoorAddress, flag: string, { log }: Voice): Promise<Door> {
  const { host, port } = address;
  const doorway = new Doorway();
  try {
    const listener = await HttpListener.open({ ...address, handle: doorway.handle, socket: {}, log });
    return { doorway, listener, url: urlOf(host, listener.port) };
  } catch (error) {
    throw socketError(error, host, port, flag);
  }
}

export interface DataPlaneOptions {
  readonly doors: Doors;
  /** Sockets that Gateways ask for are shared with others that say so too. */
  readonly reusePort?: boolean;
  readonly source: StoreSource;
  readonly cache?: SnapshotCache;
  readonly replay: ReplayStore;
  readonly counters?: CounterStore | undefined;
  /** Where it runs: endpoints of this region are asked first. */
  readonly region?: string | undefined;
  readonly manifestKeys: readonly JsonWebKey[];
  readonly routerId: string;
  readonly recorder: Recorder;
  readonly voice: Voice;
}

/** How often telemetry is handed over, milliseconds. */
const FLUSH_INTERVAL = 1_000;

/** Router and gateway of this process: one follower, one transport, as many sockets as were asked for. */
export class DataPlane {
  readonly follower: SnapshotFollower;
  /** It stops: whoever sends it requests should look for another. */
  leaving = false;
  readonly #options: DataPlaneOptions;
  readonly #transport = new NodeTransport();
  readonly #sockets: GatewaySockets | undefined;
  readonly #serving: readonly (Pick<Router, 'health'> & { readonly stats: StageStats })[];
  #stopFollowing = (): void => {};
  readonly #timer: NodeJS.Timeout;

  constructor(options: DataPlaneOptions) {
    const { doors, source, cache, replay, counters, routerId, manifestKeys, recorder, voice } = options;
    const ports: RouterPorts = {
      clock: systemClock,
      random: systemRandom,
      transport: this.#transport,
      source,
      ...(cache && { cache }),
      replay,
      ...(counters && { counters }),
      telemetry: recorder,
      log: voice.log,
    };
    this.#options = options;
    this.follower = createFollower(ports, { manifestKeys, routerId, gateways: doors.gateway && loadGateway });
    const place = { follower: this.follower, routerId, ...(options.region && { region: options.region }) };
    const [stats, gatewayStats] = [new StageStats(), new StageStats()];
    const router = createRouter(ports, { ...place, manifestKeys, stats });
    const gateway = createGateway(ports, { ...place, stats: gatewayStats });
    this.#serving = [
      ...(doors.router ? [{ health: router.health, stats }] : []),
      ...(doors.gateway ? [{ health: gateway.health, stats: gatewayStats }] : []),
    ];
    if (doors.gateway !== undefined) {
      const sockets = new GatewaySockets(gateway.handle, voice.log, options.reusePort);
      this.follower.onChange((snapshot) => sockets.follow(snapshot));
      this.#sockets = sockets;
    }
    doors.router?.doorway.open(router.handle);
    doors.gateway?.doorway.open(gateway.handle);
    this.#timer = setInterval(() => void recorder.flush(), FLUSH_INTERVAL);
  }

  /** Loads the snapshot and follows it. Resolves when one is in force, however long that takes. */
  async start(): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      const off = this.follower.onChange(() => {
        off();
        resolve();
      });
    });
    await this.follower.start();
    this.#stopFollowing = this.follower.follow();
    await loaded;
  }

  stageStats(): StageStat[] {
    return this.#serving.flatMap(({ stats }) => stats.list());
  }

  health(): ServiceHealth[] {
    return this.#serving.flatMap(({ health }) => [...health()]);
  }

  /**
   * Serves for `delay` with the word that it is leaving, then says goodbye, takes no more requests, lets those that run end,
   * hands over the last telemetry. Revocations are followed until the last has ended.
   * @returns how many requests were cut at the limit
   */
  async stop({ delay, limit }: DrainTimes): Promise<number> {
    const { doors, recorder } = this.#options;
    this.leaving = true;
    const sockets = [doors.router?.listener, doors.gateway?.listener, this.#sockets].filter((one) => one !== undefined);
    for (const socket of sockets) socket.leave();
    if (delay > 0) await new Timer(delay).over;
    this.follower.retire();
    const [cut] = await Promise.all([drainAll(sockets, limit - delay), this.#leave()]);
    this.#stopFollowing();
    clearInterval(this.#timer);
    await recorder.close();
    await this.#transport.close();
    return cut;
  }

  /** Those that run were judged when they came: nobody has to wait until they end. */
  async #leave(): Promise<void> {
    const { source, voice } = this.#options;
    await source.leave().catch((error: unknown) => {
      voice.log('warn', 'the policy store was not told of the stop: it waits for this router 30 s longer', {
        error: String(error),
      });
    });
  }
}

async function drainAll(sockets: readonly { drain(ms: number): Promise<number> }[], ms: number): Promise<number> {
  const cut = await Promise.all(sockets.map((socket) => socket.drain(ms)));
  return cut.reduce((sum, count) => sum + count, 0);
}
