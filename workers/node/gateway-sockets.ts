import type { Handle, Log, PinnedSnapshot } from '../../router/index.ts';
import type { GatewayChunk } from '../../snapshot/gateway-chunk.ts';
import { HttpListener } from './http-listener.ts';
import { ServerNames } from './server-names.ts';

interface Bind {
  readonly gateway: string;
  /** Logical port. */
  readonly port: number;
  readonly host: string;
  readonly socketPort: number;
  /** Undefined: the listeners of the port speak in clear. */
  readonly tls: ServerNames | undefined;
}

/** How long requests on a socket that is going away may take to end, milliseconds. */
const DRAIN = 10_000;

/** Sockets that Gateways ask for by annotation: opened and closed as snapshots come and go. */
export class GatewaySockets {
  readonly #handle: Handle;
  readonly #log: Log;
  readonly #reusePort: boolean;
  readonly #open = new Map<string, HttpListener>();
  readonly #draining = new Set<Promise<number>>();
  /** Chunks are never changed, so their certificates are read once. */
  readonly #names = new WeakMap<GatewayChunk, ReadonlyMap<number, ServerNames>>();

  #closed = false;

  /** @param reusePort others that say so too may have the same sockets */
  constructor(handle: Handle, log: Log, reusePort = false) {
    this.#handle = handle;
    this.#log = log;
    this.#reusePort = reusePort;
  }

  /** Resolves when every socket that can be open is open. One that can not is logged; the others serve. */
  async follow(snapshot: Pick<PinnedSnapshot, 'gateways'>): Promise<void> {
    if (this.#closed) return;
    const wanted = new Map(this.#bindsOf(snapshot).map((bind) => [keyOf(bind), bind]));
    for (const [key, listener] of this.#open) {
      const bind = wanted.get(key);
      if (bind?.tls !== undefined) listener.present(bind.tls);
      if (bind !== undefined) continue;
      this.#open.delete(key);
      // Its address is free at once, and nothing new is served; only what runs on it goes on for a while.
      const drained = listener.drain(DRAIN, 0).finally(() => this.#draining.delete(drained));
      this.#draining.add(drained);
    }
    await Promise.all([...wanted].filter(([key]) => !this.#open.has(key)).map(([key, bind]) => this.#bind(key, bind)));
  }

  /** As `leave` of each. */
  leave(): void {
    for (const listener of this.#open.values()) listener.leave();
  }

  /** As `drain` of each; none opens any more. */
  async drain(ms: number): Promise<number> {
    this.#closed = true;
    const open = [...this.#open.values()];
    this.#open.clear();
    const cut = await Promise.all([...open.map((listener) => listener.drain(ms)), ...this.#draining]);
    return cut.reduce((sum, count) => sum + count, 0);
  }

  #bindsOf({ gateways }: Pick<PinnedSnapshot, 'gateways'>): Bind[] {
    return [...gateways].flatMap(([gateway, { chunk }]) => {
      const names = this.#namesOf(chunk);
      return chunk.binds.map((bind) => ({ gateway, ...bind, tls: names.get(bind.port) }));
    });
  }

  #namesOf(chunk: GatewayChunk): ReadonlyMap<number, ServerNames> {
    let names = this.#names.get(chunk);
    if (names === undefined) {
      const ports = [...new Set(chunk.binds.map(({ port }) => port))];
      const found = ports.flatMap((port): [number, ServerNames][] => {
        const of = ServerNames.of(chunk, port, this.#log);
        return of === undefined ? [] : [[port, of]];
      });
      names = new Map(found);
      this.#names.set(chunk, names);
    }
    return names;
  }

  async #bind(key: string, { gateway, port, host, socketPort, tls }: Bind): Promise<void> {
    const socket = { gateway, listenerPort: port };
    try {
      const address = { host, port: socketPort, reusePort: this.#reusePort };
      const options = { ...address, handle: this.#handle, socket, log: this.#log, ...(tls && { tls }) };
      this.#open.set(key, await HttpListener.open(options));
      this.#log('info', 'a gateway socket is open', { gateway, port, socket: `${host}:${socketPort}` });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : String(error);
      this.#log('error', 'a gateway socket can not be opened', {
        gateway,
        port,
        socket: `${host}:${socketPort}`,
        code,
      });
    }
  }
}

/** A port that turns from clear to TLS, or back, is another socket. */
const keyOf = ({ gateway, port, host, socketPort, tls }: Bind): string =>
  `${gateway} ${port} ${host} ${socketPort} ${tls === undefined ? 'clear' : 'tls'}`;
