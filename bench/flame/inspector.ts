import type { CpuProfile } from './profile.ts';

interface Answer {
  readonly id?: number;
  readonly result?: { readonly profile?: CpuProfile };
  readonly error?: { readonly message: string };
}

/**
 * The profiler of a runtime with V8's inspector.
 * @param origin `http://127.0.0.1:port` of the inspector
 * @param interval microseconds between two samples
 * @returns stops it
 * @throws Error when nobody answers there
 */
export async function startProfiler(origin: string, interval: number): Promise<() => Promise<CpuProfile>> {
  const targets = (await (await fetch(`${origin}/json`)).json()) as readonly { webSocketDebuggerUrl: string }[];
  const [target] = targets;
  if (target === undefined) throw new Error(`the inspector at ${origin} has nothing to inspect`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`the inspector at ${origin} does not take a WebSocket`)));
  });
  let last = 0;
  const ask = async (method: string, params: object = {}): Promise<Answer['result']> => {
    const id = ++last;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  await ask('Profiler.enable');
  await ask('Profiler.setSamplingInterval', { interval });
  await ask('Profiler.start');
  return async () => {
    const result = await ask('Profiler.stop');
    socket.close();
    if (result?.profile === undefined) throw new Error('the inspector gave no profile');
    return result.profile;
  };
}
