import process from 'node:process';
import { answer, connectionOf } from '../fetch/answer.ts';
import { LateWatch } from '../fetch/client-watch.ts';
import { consoleLog, consoleReady } from '../fetch/console-voice.ts';
import { Departure } from '../fetch/departure.ts';
import { type DialledSocket, type DialOptions, dial } from '../fetch/dial.ts';
import type { Serves } from '../fetch/member.ts';
import type { FetchRuntime } from '../fetch/runtime.ts';
import { keepGoing, serverSettings } from '../fetch/server-program.ts';
import { systemClock } from '../platform/clock.ts';
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
  // It cancels the request before.
  isCallersError: () => 'no',
};

/** Bun reads it when it starts: how many requests it has under way. All others wait, whatever service they are for. */
const MAX_REQUESTS = 'BUN_CONFIG_MAX_HTTP_REQUESTS';

/** Serves until SIGTERM or SIGINT, then lets what runs end. */
export async function serve(what: Serves): Promise<void> {
  const { host, port, member, socket, times, lines } = serverSettings(what, runtime, (name) => process.env[name]);
  const departure = new Departure();
  const { watch } = new LateWatch(systemClock);
  const server = Bun.serve({
    hostname: host,
    port,
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: async (request, self) => {
      const join = departure.joining((reply, ended) => accept(self, request, reply, ended));
      const connection = connectionOf(request, self.requestIP(request)?.address ?? '', socket);
      return departure.marked(await answer(request, member.handle, connection, join, { watch }));
    },
    websocket,
  });
  if (process.env[MAX_REQUESTS] === undefined) {
    const advice = `start it with ${MAX_REQUESTS}=65535`;
    consoleLog('warn', 'Bun sends 256 requests at a time, and slow ones hold up all others', { advice });
  }
  const stop = await keepGoing(member);
  const options = { member, times, closeServer: () => server.stop(), stop, lastWords: () => lines.flush() };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => departure.onSignal(signal, options, process.exit));
  }
  consoleReady({ [what.role]: `http://${host}:${server.port}` });
}
