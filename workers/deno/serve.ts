import { answer, connectionOf } from '../fetch/answer.ts';
import { LateWatch } from '../fetch/client-watch.ts';
import { consoleReady } from '../fetch/console-voice.ts';
import { Departure } from '../fetch/departure.ts';
import { type DialledSocket, type DialOptions, dial } from '../fetch/dial.ts';
import type { Serves } from '../fetch/member.ts';
import type { FetchRuntime } from '../fetch/runtime.ts';
import { keepGoing, serverSettings } from '../fetch/server-program.ts';
import { systemClock } from '../platform/clock.ts';
import { accept } from './accept.ts';

/** The Web's has no second argument of this form. */
const WebSocketWithHeaders = WebSocket as unknown as new (url: string, options: DialOptions) => DialledSocket;

const runtime: FetchRuntime = {
  name: 'deno',
  fetch,
  init: { client: Deno.createHttpClient({ allowHost: true }) },
  sendsHost: true,
  webSocket: {
    dial: (url, handshake) => dial((at, options) => new WebSocketWithHeaders(at, options), url, handshake),
    sendsHost: false,
  },
  identityFirst: true,
  sendsAgain: true,
  isConnectError: (error) =>
    error instanceof Error && error.cause instanceof Error && error.cause.message.includes('client error (Connect)'),
  isCallersError: (error) =>
    error instanceof Error && error.cause instanceof Error && /request body/i.test(error.cause.message) ? 'yes' : 'no',
};

/** Serves until SIGTERM or SIGINT, then lets what runs end. */
export async function serve(what: Serves): Promise<void> {
  const { host, port, member, socket, times, lines } = serverSettings(what, runtime, (name) => Deno.env.get(name));
  const departure = new Departure();
  const { watch } = new LateWatch(systemClock);
  const server = Deno.serve({ hostname: host, port, onListen: () => undefined }, async (request, { remoteAddr }) => {
    const join = departure.joining((reply, ended) => accept(request, reply, ended));
    const connection = connectionOf(request, remoteAddr.hostname ?? '', socket);
    return departure.marked(await answer(request, member.handle, connection, join, { watch }));
  });
  const stop = await keepGoing(member);
  const options = { member, times, closeServer: () => server.shutdown(), stop, lastWords: () => lines.flush() };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    Deno.addSignalListener(signal, () => departure.onSignal(signal, options, Deno.exit));
  }
  consoleReady({ [what.role]: `http://${host}:${server.addr.port}` });
}
