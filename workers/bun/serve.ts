import process from 'node:process';
import { answer, connectionOf } from '../fetch/answer.ts';
import { consoleLog, consoleReady } from '../fetch/console-voice.ts';
import { type DialledSocket, type DialOptions, dial } from '../fetch/dial.ts';
import type { MemberOptions } from '../fetch/member.ts';
import type { FetchRuntime } from '../fetch/runtime.ts';
import { keepGoing, serverSettings } from '../fetch/server-program.ts';
import { accept, websocket } from './accept.ts';

const NO_CONNECTION: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'ConnectionRefused',
  'FailedToOpenSocket',
]);

/** The Web's has no second argument of this form. */
const WebSocketWithHeaders = WebSocket as unknown as new (url: string, options: DialOptions) => DialledSocket;

const runtime: FetchRuntime = {
  name: 'bun',
  fetch,
  // Else it would decode bodies and leave the headers as they were. Its own time-out is shorter than a long stream.
  init: { decompress: false, timeout: false },
  sendsHost: true,
  webSocket: {
    dial: (url, handshake) => dial((at, options) => new WebSocketWithHeaders(at, options), url, handshake),
    sendsHost: true,
  },
  identityFirst: false,
  sendsAgain: false,
  isConnectError: (error) => error instanceof Error && 'code' in error && NO_CONNECTION.has(error.code),
};

/** Serves until SIGTERM or SIGINT, then lets what runs end. */
export async function serve(what: Pick<MemberOptions, 'role' | 'create'>): Promise<void> {
  const { host, port, member, socket } = serverSettings(what, runtime, (name) => process.env[name]);
  const server = Bun.serve({
    hostname: host,
    port,
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: (request, self) =>
      answer(
        request,
        member.handle,
        connectionOf(request, self.requestIP(request)?.address ?? '', socket),
        (reply, ended) => accept(self, request, reply, ended),
      ),
    websocket,
  });
  const stop = await keepGoing(member);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      consoleLog('info', 'stopping', { signal });
      void server
        .stop()
        .then(stop)
        .finally(() => process.exit(0));
    });
  }
  consoleReady({ [what.role]: `http://${host}:${server.port}` });
}
