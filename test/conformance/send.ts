import { Agent, request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { byName, grpcFrame } from './echo-backends.ts';
import type { Answer } from './expectations.ts';

/** One request as it goes over the wire: path and Host are sent as they are. */
export interface Wire {
  readonly address: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: { readonly serverName: string; readonly ca: string };
}

const agent = new Agent({ keepAlive: true, maxSockets: 20 });
export const closeConnections = (): void => agent.destroy();

const TIMEOUT_MS = 20_000;

export function sendHttp1(wire: Wire): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: wire.address,
      port: wire.port,
      method: wire.method,
      path: wire.path,
      setHost: false,
      headers: { host: wire.host, ...wire.headers },
      timeout: TIMEOUT_MS,
    };
    const request = wire.tls
      ? httpsRequest({ ...options, servername: wire.tls.serverName, ca: wire.tls.ca })
      : httpRequest({ ...options, agent });
    request.on('error', reject);
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const headers = byName(response.rawHeaders);
        resolve({ status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() });
      });
    });
    request.end();
  });
}

/** HTTP/2: by ALPN over TLS, with prior knowledge without; with `grpcMessage` a unary gRPC call. */
export function sendHttp2(wire: Wire, grpcMessage?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = wire.tls
      ? connectHttp2(`https://${wire.address}:${wire.port}`, { servername: wire.tls.serverName, ca: wire.tls.ca })
      : connectHttp2(`http://${wire.address}:${wire.port}`);
    const fail = (error: Error): void => {
      session.destroy();
      reject(error);
    };
    session.on('error', fail);
    const grpcHeaders = grpcMessage === undefined ? {} : { 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request({
      ':method': wire.method,
      ':path': wire.path,
      ':authority': wire.host,
      ...wire.headers,
      ...grpcHeaders,
    });
    stream.setTimeout(TIMEOUT_MS, () => fail(new Error('no answer')));
    stream.on('error', fail);
    const chunks: Buffer[] = [];
    const headers: Record<string, string[]> = {};
    let status = 0;
    let grpcStatus: number | undefined;
    const takeGrpcStatus = (value: unknown): void => {
      if (value !== undefined) grpcStatus = Number(value);
    };
    stream.on('response', (received) => {
      status = Number(received[':status']);
      takeGrpcStatus(received['grpc-status']);
      for (const [name, value] of Object.entries(received)) {
        if (!name.startsWith(':')) headers[name] = [value ?? ''].flat().map(String);
      }
    });
    stream.on('trailers', (received) => takeGrpcStatus(received['grpc-status']));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('close', () => {
      session.close();
      const bytes = Buffer.concat(chunks);
      const body = (grpcMessage === undefined ? bytes : bytes.subarray(5)).toString();
      resolve({ status, headers, body, ...(grpcStatus === undefined ? {} : { grpcStatus }) });
    });
    stream.end(grpcMessage === undefined ? undefined : grpcFrame(grpcMessage));
  });
}

/** Opens a WebSocket, sends one short text frame and gives back the first text that comes. */
export function exchangeFrame(wire: Wire, text: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(wire.port, wire.address);
    const timer = setTimeout(() => socket.destroy(new Error('no frame')), TIMEOUT_MS);
    let received = Buffer.alloc(0);
    let status = 0;
    const finish = (answer: { status: number; text: string }): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on('error', reject);
    const fields = Object.entries({
      host: wire.host,
      ...wire.headers,
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    });
    socket.write(`GET ${wire.path} HTTP/1.1\r\n${fields.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (status === 0) {
        const end = received.indexOf('\r\n\r\n');
        if (end < 0) return;
        status = Number(received.toString('latin1', 9, 12));
        if (status !== 101) return finish({ status, text: '' });
        received = received.subarray(end + 4);
        const payload = Buffer.from(text);
        const mask = Buffer.from([1, 2, 3, 4]);
        const masked = payload.map((byte, i) => byte ^ (mask[i % 4] as number));
        socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked]));
      }
      const length = (received[1] ?? 0) & 0x7f;
      if (received.length >= 2 + length && length > 0)
        finish({ status, text: received.toString('utf8', 2, 2 + length) });
    });
  });
}
