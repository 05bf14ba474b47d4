import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Caller } from './policy-store.ts';

export interface Ask {
  /** `orders.shop.mesh` */
  readonly to: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Null: without identity. */
  readonly as?: Caller | null;
  /** Puts `to` into Host in place of Mesh-Authority. */
  readonly byHost?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const agent = new Agent({ keepAlive: true });

/** A request under way: its body is still to be written. */
export async function open(url: string, ask: Ask): Promise<ClientRequest> {
  const addressed = ask.byHost ? { host: ask.to } : { 'mesh-authority': ask.to };
  const identity = ask.as ? await ask.as.headersFor(ask.to) : {};
  const { hostname, port } = new URL(url);
  return request({
    // Who says something of the connection may have it closed behind the answer: it must not be used again.
    agent: ask.headers?.connection === undefined ? agent : false,
    hostname,
    port,
    path: ask.path,
    method: ask.method ?? 'GET',
    headers: { ...addressed, ...identity, ...ask.headers },
  });
}

/** Sends a request and answers with the head of its answer. */
export async function head(url: string, ask: Ask): Promise<IncomingMessage> {
  const sent = await open(url, ask);
  // A connection that breaks behind the head is an error of the request too: whoever reads the body hears of it there.
  sent.on('error', () => undefined);
  sent.end(ask.body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

export async function call(url: string, ask: Ask): Promise<Answer> {
  const response = await head(url, ask);
  return { status: response.statusCode as number, headers: response.headers, body: await text(response) };
}

/** Sends bytes as they are. @returns status and the rest, once the server has closed */
export async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  return text(socket).catch(() => '');
}
