interface BunServer {
  readonly port: number;
  requestIP(request: Request): { readonly address: string } | null;
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
  readonly fetch: (request: Request, server: BunServer) => Promise<Response>;
}

/** The part of Bun that the entries use. */
declare const Bun: { serve(options: BunServeOptions): BunServer };
