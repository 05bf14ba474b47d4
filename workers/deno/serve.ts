import { answer, connectionOf } from '../fetch/answer.ts';
import { consoleLog, consoleReady } from '../fetch/console-voice.ts';
import type { FetchRuntime } from '../fetch/runtime.ts';
import { keepGoing, serverSettings } from '../fetch/server-program.ts';

const runtime: FetchRuntime = {
  name: 'deno',
  fetch,
  init: { client: Deno.createHttpClient({ allowHost: true }) },
  sendsHost: true,
  identityFirst: true,
  isConnectError: (error) =>
    error instanceof Error && error.cause instanceof Error && error.cause.message.includes('client error (Connect)'),
};

/** Serves until SIGTERM or SIGINT, then lets what runs end. */
export async function serve(role: 'router' | 'gateway'): Promise<void> {
  const { host, port, member } = serverSettings(role, runtime, (name) => Deno.env.get(name));
  const server = Deno.serve({ hostname: host, port, onListen: () => undefined }, (request, { remoteAddr }) =>
    answer(request, member.handle, connectionOf(request, remoteAddr.hostname ?? '')),
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
  consoleReady({ [role]: `http://${host}:${server.addr.port}` });
}
