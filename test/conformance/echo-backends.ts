import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createH2cServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { setTimeout as wait } from 'node:timers/promises';
import type { BackendBehaviour, Manifest } from './case-format.ts';

/** One echo server per Deployment, on a loopback address of its own, listening at the pod's own ports. */
export interface EchoBackend {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
}

interface Deployment extends Manifest {
  spec: {
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: { env?: { name: string; value?: string }[]; args?: string[] }[] };
    };
  };
}

/** What a backend heard, kept so that mirrored copies can be counted. */
export interface Heard {
  readonly backend: string;
  readonly namespace: string;
  readonly path: string;
}

const DURATION = /^(\d+)(ms|s)$/;

/** The backends of the suite's topology. `heard` and `behaviours` are what the replay steers them with. */
export class EchoBackends {
  readonly backends: EchoBackend[] = [];
  readonly heard: Heard[] = [];
  /** By the `uuid` query parameter of the request. */
  readonly behaviours = new Map<string, BackendBehaviour & { seen: number }>();
  readonly #servers: (Server | Http2Server)[] = [];

  async start(deployments: readonly Manifest[]): Promise<void> {
    for (const [index, manifest] of deployments.entries()) {
      const { metadata, spec } = manifest as Deployment;
      const backend: EchoBackend = {
        namespace: metadata.namespace ?? 'default',
        name: metadata.name,
        labels: spec.template.metadata.labels,
        address: `127.0.1.${index + 1}`,
      };
      this.backends.push(backend);
      for (const { port, h2c } of portsOf(manifest as Deployment)) await this.#listen(backend, port, h2c);
    }
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    }
  }

  async #listen(backend: EchoBackend, port: number, h2c: boolean): Promise<void> {
    const server = h2c
      ? createH2cServer().on('stream', (stream, _headers, _flags, rawHeaders) => {
          this.#answerStream(backend, port, stream, rawHeaders);
        })
      : createServer((request, response) => void this.#answer(backend, port, request, response));
    if (!h2c) server.on('upgrade', (request, socket) => echoFrames(request as IncomingMessage, socket));
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, backend.address, resolve);
    });
  }

  async #answer(backend: EchoBackend, port: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const url = new URL(request.url ?? '/', 'http://echo');
    this.#hear(backend, request.url ?? '/');
    const behaviour = this.behaviours.get(url.searchParams.get('uuid') ?? '');
    if (behaviour && behaviour.seen++ < (behaviour.failFirst ?? 0)) {
      await wait(behaviour.delayBeforeEachFailureMs ?? 0);
      if (behaviour.failWith?.tcp === 'reset') return void request.socket.resetAndDestroy();
      response.writeHead(behaviour.failWith?.status ?? 500).end();
      return;
    }
    await wait(delayOf(url.searchParams.get('delay')));
    const headers = byName(request.rawHeaders);
    response.setHeader('content-type', 'application/json');
    for (const [name, value] of setHeadersOf(headers)) response.setHeader(name, value);
    response.end(
      JSON.stringify(echoOf(backend, port, request.method ?? 'GET', request.url ?? '/', headers, 'HTTP/1.1')),
    );
  }

  #answerStream(backend: EchoBackend, port: number, stream: ServerHttp2Stream, rawHeaders: readonly string[]): void {
    const { ':method': method, ':path': path, ':authority': authority, ...headers } = byName(rawHeaders);
    headers.host = authority ?? [];
    this.#hear(backend, path?.[0] ?? '');
    const echo = JSON.stringify(echoOf(backend, port, method?.[0] ?? '', path?.[0] ?? '', headers, 'HTTP/2.0'));
    const grpc = headers['content-type']?.[0]?.startsWith('application/grpc') ?? false;
    stream.resume();
    stream.on('error', () => {});
    stream.respond(
      { ':status': 200, 'content-type': grpc ? 'application/grpc' : 'application/json' },
      { waitForTrailers: grpc },
    );
    if (grpc) stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(grpc ? grpcFrame(echo) : echo);
  }

  #hear(backend: EchoBackend, path: string): void {
    this.heard.push({ backend: backend.name, namespace: backend.namespace, path });
    if (this.heard.length > 20_000) this.heard.splice(0, 10_000);
  }
}

/** Every value of every field, by lower-case name. */
export function byName(rawHeaders: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    headers[name] = [...(headers[name] ?? []), rawHeaders[i + 1] as string];
  }
  return headers;
}

/** A length-prefixed gRPC message. Both ends are ours, so the message is the echo as JSON. */
export function grpcFrame(text: string): Buffer {
  const message = Buffer.from(text);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function portsOf(deployment: Deployment): { port: number; h2c: boolean }[] {
  const container = deployment.spec.template.spec.containers[0];
  const args = container?.args ?? [];
  if (deployment.metadata.namespace?.startsWith('gateway-conformance-mesh')) {
    return [
      { port: 8080, h2c: false },
      { port: 7070, h2c: true },
    ];
  }
  if (args.some((arg) => arg.includes('Corefile'))) return [];
  const grpc = container?.env?.some((variable) => variable.name === 'GRPC_ECHO_SERVER') ?? false;
  return grpc
    ? [{ port: 3000, h2c: true }]
    : [
        { port: 3000, h2c: false },
        { port: 3001, h2c: true },
      ];
}

function echoOf(
  backend: EchoBackend,
  httpPort: number,
  method: string,
  path: string,
  headers: Record<string, string[]>,
  proto: string,
): Record<string, unknown> {
  const { namespace, name } = backend;
  return { path, host: headers.host?.[0], method, proto, headers, httpPort, namespace, pod: `${name}-0` };
}

function setHeadersOf(headers: Record<string, string[]>): [string, string][] {
  const asked = headers['x-echo-set-header']?.join(',') ?? '';
  return asked
    .split(',')
    .filter((pair) => pair.includes(':'))
    .map((pair) => {
      const colon = pair.indexOf(':');
      return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()];
    });
}

function delayOf(text: string | null): number {
  const [, amount, unit] = DURATION.exec(text ?? '') ?? [];
  return amount === undefined ? 0 : Number(amount) * (unit === 's' ? 1000 : 1);
}

/** Answers the WebSocket handshake and sends each small masked text frame back unmasked (RFC 6455, 5.2). */
function echoFrames(request: IncomingMessage, socket: import('node:stream').Duplex): void {
  const key = request.headers['sec-websocket-key'] ?? '';
  void acceptKey(key).then((accept) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', (frame: Buffer) => {
      const length = (frame[1] ?? 0) & 0x7f;
      const mask = frame.subarray(2, 6);
      const text = frame.subarray(6, 6 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
      socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
    });
  });
  socket.on('error', () => {});
}

async function acceptKey(key: string): Promise<string> {
  const text = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  return Buffer.from(await crypto.subtle.digest('SHA-1', text)).toString('base64');
}
