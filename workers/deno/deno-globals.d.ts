interface DenoServer {
  readonly addr: { readonly hostname: string; readonly port: number };
  shutdown(): Promise<void>;
}

interface DenoServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly onListen: () => void;
}

interface DenoServeInfo {
  readonly remoteAddr: { readonly hostname?: string };
}

/** The part of Deno that the entries use. */
declare const Deno: {
  serve(options: DenoServeOptions, answer: (request: Request, info: DenoServeInfo) => Promise<Response>): DenoServer;
  upgradeWebSocket(
    request: Request,
    options: { readonly protocol?: string },
  ): { readonly socket: import('../fetch/dial.ts').DialledSocket; readonly response: Response };
  createHttpClient(options: { readonly allowHost: boolean }): object;
  addSignalListener(signal: 'SIGTERM' | 'SIGINT', listener: () => void): void;
  exit(code: number): never;
  readonly env: { get(name: string): string | undefined };
};
