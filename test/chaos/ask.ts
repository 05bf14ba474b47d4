import { type IncomingMessage, request } from 'node:http';

export interface Question {
  /** `liar.shop.mesh` */
  readonly to: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds after which the client goes away. */
  readonly patience?: number;
}

/** One answer as its client saw it. */
export interface Seen {
  /** 0: there was no head. */
  readonly status: number;
  readonly reason: string | undefined;
  /** `whole`: its framing says that this was all. `hung`: the client's patience was over first. */
  readonly end: 'whole' | 'broken' | 'hung';
  readonly body: string;
}

/** Asks on a connection of its own and tells how the answer ended. Never rejects. */
export function ask(url: string, question: Question): Promise<Seen> {
  const { to, path, method = 'GET', headers = {}, body, patience = 10_000 } = question;
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer: IncomingMessage | undefined;
    let text = '';
    const end = (how: Seen['end']): void => {
      clearTimeout(timer);
      const reason = answer?.headers['mesh-reason']?.toString();
      resolve({ status: answer?.statusCode ?? 0, reason, end: how, body: text });
      // Some runtimes see nobody go who says goodbye.
      if (how === 'hung') sent.socket?.resetAndDestroy();
    };
    const sent = request({
      agent: false,
      hostname,
      port,
      path,
      method,
      headers: { 'mesh-authority': to, ...(body !== undefined && { 'content-length': body.length }), ...headers },
    });
    const timer = setTimeout(() => end('hung'), patience);
    sent.on('error', () => end('broken'));
    sent.on('response', (response) => {
      answer = response;
      response.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', () => undefined);
      response.on('close', () => end(response.complete ? 'whole' : 'broken'));
    });
    sent.end(body);
  });
}
