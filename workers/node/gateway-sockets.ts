import type { Handle, Log, PinnedSnapshot } from '../../router/index.ts';
import { HttpListener } from './http-listener.ts';

interface Bind {
  readonly gateway: string;
  /** Logical port. */
  readonly port: number;
  readonly host: string;
  readonly socketPort: number;
}

/** How long requests on a socket that is going away may take to end, milliseconds. */
const DRAIN = 10_000;

/** Sockets that Gateways ask for by annotation: opened and closed as snapshots come and go. */
export class GatewaySockets {
  readonly #handle: Handle;
  readonly #log: Log;
  readonly #open = new Map<string, HttpListener>();
  readonly #draining = new Set<Promise<void>>();

  constructor(handle: Handle, log: Log) {
    this.#handle = handle;
    this.#log = log;
  }

  /** Resolves when every socket that can be open is open. One that can not is logged; the others serve. */
  async follow(snapshot: Pick<PinnedSnapshot, 'gateways'>): Promise<void> {
    const wanted = new Map(bindsOf(snapshot).map((bind) => [keyOf(bind), bind]));
    for (const [key, listener] of this.#open) {
      if (wanted.has(key)) continue;
      this.#open.delete(key);
      // Its address is free at once; only what runs on it goes on for a while.
      const drained = listener.drain(DRAIN).finally(() => this.#draining.delete(drained));
      this.#draining.add(drained);
    }
    await Promise.all([...wanted].filter(([key]) => !this.#open.has(key)).map(([key, bind]) => this.#bind(key, bind)));
  }

  async drain(ms: number): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all([...open.map((listener) => listener.drain(ms)), ...this.#draining]);
  }

  async #bind(key: string, { gateway, port, host, socketPort }: Bind): Promise<void> {
    const socket = { gateway, listenerPort: port };
    try {
      const options = { host, port: socketPort, handle: this.#handle, socket, log: this.#log };
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

const keyOf = ({ gateway, port, host, socketPort }: Bind): string => `${gateway} ${port} ${host} ${socketPort}`;

const bindsOf = ({ gateways }: Pick<PinnedSnapshot, 'gateways'>): Bind[] =>
  [...gateways].flatMap(([gateway, { chunk }]) => chunk.binds.map((bind) => ({ gateway, ...bind })));
