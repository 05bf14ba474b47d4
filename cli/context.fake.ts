import type { CliContext } from './context.ts';

/** A request that the command line made. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly body: unknown;
}

/** A context that remembers what was printed and sent. */
export interface FakeContext extends CliContext {
  readonly out: () => string;
  readonly err: () => string;
  readonly sent: SentRequest[];
  readonly replaced: { program: string; args: readonly string[] }[];
}

interface World {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  /** `GET /v1/routers` -> [status, body]. What is not named answers 404. */
  readonly store?: Readonly<Record<string, readonly [status: number, body: unknown]>>;
}

/** A terminal-less world with an admin token, and a policy store that answers from a table. */
export function fakeContext(world: World = {}): FakeContext {
  const written = { stdout: '', stderr: '' };
  const sent: SentRequest[] = [];
  const replaced: { program: string; args: readonly string[] }[] = [];
  const writer = (stream: 'stdout' | 'stderr') => ({
    write: (text: string): void => {
      written[stream] += text;
    },
  });
  return {
    process: {
      stdout: writer('stdout'),
      stderr: writer('stderr'),
      env: { GOSSAMER_ADMIN_TOKEN: 'secret', ...world.env },
    },
    cwd: world.cwd ?? '/nowhere',
    readStdin: async () => world.stdin ?? '',
    importModule: (url) => import(url),
    now: () => Date.UTC(2026, 10, 23),
    outcome: 0,
    replaceProcess: async (program, args) => {
      replaced.push({ program, args });
      return 0;
    },
    fetch: storeFetch(world.store, sent),
    out: () => written.stdout,
    err: () => written.stderr,
    sent,
    replaced,
  };
}

function storeFetch(store: World['store'], sent: SentRequest[]): typeof fetch {
  return async (input, init) => {
    if (store === undefined) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const authorization = request.headers.get('authorization');
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    sent.push({ method: request.method, path: pathname + search, authorization, body });
    const answers = store[`${request.method} ${pathname}${search}`] ?? store[`${request.method} ${pathname}`];
    const [status, answer] = answers ?? [404, { title: 'Not found', code: 'not_found' }];
    return new Response(JSON.stringify(answer), { status, headers: { 'content-type': 'application/json' } });
  };
}
