import process from 'node:process';
import { answer, connectionOf } from '../fetch/answer.ts';
import { consoleLog, consoleReady } from '../fetch/console-voice.ts';
import type { FetchRuntime } from '../fetch/runtime.ts';
import { keepGoing, serverSettings } from '../fetch/server-program.ts';

const NO_CONNECTION: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'ConnectionRefused',
  'FailedToOpenSocket',
]);

const runtime: FetchRuntime = {
  name: 'bun',
  fetch,
  // Else it would decode bodies and leave the headers as they were. Its own time-out is shorter than a long stream.
  init: { decompress: false, timeout: false },
  sendsHost: true,
  identityFirst: false,
  isConnectError: (error) => error instanceof Error && 'code' in error && NO_CONNECTION.has(error.code),
};

/** Serves until SIGTERM or SIGINT, then lets what runs end. */
export async function serve(role: 'router' | 'gateway'): Promise<void> {
  const { host, port, member } = serverSettings(role, runtime, (name) => process.env[name]);
  const server = Bun.serve({
    hostname: host,
    port,
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: (request, self) =>
      answer(request, member.handle, connectionOf(request, self.requestIP(request)?.address ?? '')),
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
  consoleReady({ [role]: `http://${host}:${server.port}` });
}
