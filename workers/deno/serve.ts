import { answer, connectionOf } from '../fetch/answer.ts';
import { consoleLog, consoleReady } from '../fetch/console-voice.ts';
import { type DialledSocket, type DialOptions, dial } from '../fetch/dial.ts';
import type { MemberOptions } from '../fetch/member.ts';
import type { FetchRuntime } from '../fetch/runtime.ts';
import { keepGoing, serverSettings } from '../fetch/server-program.ts';
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
};

/** Serves until SIGTERM or SIGINT, then lets what runs end. */
export async function serve(what: Pick<MemberOptions, 'role' | 'create'>): Promise<void> {
  const { host, port, member, socket } = serverSettings(what, runtime, (name) => Deno.env.get(name));
  const server = Deno.serve({ hostname: host, port, onListen: () => undefined }, (request, { remoteAddr }) =>
    answer(request, member.handle, connectionOf(request, remoteAddr.hostname ?? '', socket), (reply, ended) =>
      accept(request, reply, ended),
    ),
  );
  const stop = await keepGoing(member);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    Deno.addSignalListener(signal, () => {
      consoleLog('info', 'stopping', { signal });
      void server
        .shutdown()
        .then(stop)
        .finally(() => Deno.exit(0));
    });
  }
  consoleReady({ [what.role]: `http://${host}:${server.addr.port}` });
}
