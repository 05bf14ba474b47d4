import { CoveredBody, type IncomingCall } from './incoming-call.ts';

/** What is needed of a request of `node:http` or `node:http2`: an `IncomingMessage` is one. */
export interface NodeRequest {
  readonly method?: string | undefined;
  /** The raw request target. */
  readonly url?: string | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** True when the last byte has arrived. */
  readonly complete: boolean;
  /** Bytes that have arrived and were not read yet. */
  readonly readableLength: number;
  read(): unknown;
  unshift(chunk: Uint8Array): void;
  resume(): unknown;
  on(event: string, listener: (...given: never[]) => void): unknown;
  removeListener(event: string, listener: (...given: never[]) => void): unknown;
}

/** @param target the raw request target, where the framework has changed `url` */
export function callOfNode(request: NodeRequest, target = request.url ?? ''): IncomingCall {
  return {
    headers: {
      get(name) {
        const value = request.headers[name];
        return value === undefined ? null : String(value);
      },
    },
    method: request.method ?? '',
    target,
    targetParsed: false,
    body: () => bodyOf(request),
  };
}

/**
 * Reads the whole body and puts it back, so that parsers find the request as if nobody had touched it. The stream must not
 * see its end on the way, or nothing could be put back: it is only ever read when there is something to be read.
 */
function bodyOf(request: NodeRequest): Promise<Uint8Array> {
  const body = new CoveredBody();
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (done: () => void): void => {
      settled = true;
      request.removeListener('readable', look);
      for (const event of ['error', 'close']) request.removeListener(event, broken);
      done();
    };
    const broken = (): void => settle(() => reject(new Error('the request broke off before its body was complete')));
    const look = (): void => {
      try {
        if (!readAll(request, body)) return;
      } catch (error) {
        settle(() => reject(error));
        return;
      }
      const whole = body.whole();
      if (whole.length > 0) request.unshift(whole);
      settle(() => resolve(whole));
    };
    for (const event of ['error', 'close']) request.on(event, broken);
    look();
    // Never on a stream that is at its end: to listen would end it.
    if (!settled) request.on('readable', look);
  });
}

/** Reads what has arrived. True: that was all. */
function readAll(request: NodeRequest, body: CoveredBody): boolean {
  while (request.readableLength > 0) {
    const chunk = request.read();
    if (!(chunk instanceof Uint8Array)) throw new Error('the body was given an encoding before the mesh could read it');
    body.add(chunk);
  }
  return request.complete;
}
