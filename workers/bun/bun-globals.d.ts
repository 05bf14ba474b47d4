interface BunServer {
  readonly port: number;
  requestIP(request: Request): { readonly address: string } | null;
  upgrade(request: Request, options: { readonly headers: Headers; readonly data: unknown }): boolean;
  /** Takes no more connections and ends when the requests that are running have ended. */
  stop(): Promise<void>;
}

interface BunServeOptions {
  readonly hostname: string;
  readonly port: number;
  /** Seconds; 0: none. */
  readonly idleTimeout: number;
  /** Bytes. */
  readonly maxRequestBodySize: number;
  readonly websocket: BunWebSocketEvents<never>;
  readonly fetch: (request: Request, server: BunServer) => Promise<Response>;
}

interface BunSocket<Data> {
  readonly data: Data;
  send(message: string | ArrayBuffer | Uint8Array<ArrayBuffer>): number;
  close(code: number, reason: string): void;
  terminate(): void;
  getBufferedAmount(): number;
}

interface BunWebSocketEvents<Data> {
  /** Bytes. */
  readonly maxPayloadLength: number;
  open(socket: BunSocket<Data>): void;
  message(socket: BunSocket<Data>, message: string | Uint8Array<ArrayBuffer>): void;
  close(socket: BunSocket<Data>, code: number, reason: string): void;
}

/** The part of Bun that the entries use. */
declare const Bun: { serve(options: BunServeOptions): BunServer };
