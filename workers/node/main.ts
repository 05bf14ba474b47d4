import { type DrainTimes, drainTimes } from '../platform/drain-times.ts';
import { DataFolder } from './data-folder.ts';
import { jsonVoice, prettyVoice, type Voice } from './log.ts';
import { type Options, parseOptions } from './options.ts';
import type { Program } from './program.ts';
import { StandardOutput } from './standard-output.ts';
import { StartError } from './start-error.ts';

/** Milliseconds. */
const SAME_SIGNAL = 1_000;

/** Only what is asked for is loaded: a router needs nothing of the policy store. */
async function start(options: Options, folder: DataFolder, voice: Voice): Promise<Program> {
  switch (options.command) {
    case 'dev':
      return (await import('./dev-program.ts')).startDev(options, folder, voice);
    case 'policy-store':
      return (await import('./dev-program.ts')).startStore(options, folder, voice);
    case 'router':
    case 'gateway':
      return (await import('./member-program.ts')).startMember(options, folder, voice);
  }
}

function onSignal(stop: (signal: string) => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
}

function fail(error: unknown): never {
  const expected = error instanceof Error && (error.name === 'StartError' || error.name === 'StoreStartError');
  if (error instanceof StartError) for (const line of error.lines) process.stderr.write(`${line}\n`);
  process.stderr.write(
    `gossamer: ${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}

/** @throws StartError */
function drainTimesOf(env: NodeJS.ProcessEnv): DrainTimes {
  try {
    return drainTimes((name) => env[name]);
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}

async function run(): Promise<void> {
  const options = parseOptions(process.argv[2]);
  const folder = options.memory ? DataFolder.temporary() : DataFolder.open(options.data);
  process.on('exit', () => folder.remove());
  const out = new StandardOutput();
  const voice =
    options.log === 'json' ? jsonVoice(out, () => Date.now()) : prettyVoice(out, out.isTTY && !process.env.NO_COLOR);
  const times = drainTimesOf(process.env);
  let program: Program | undefined;
  let stoppedAt: number | undefined;
  onSignal((signal) => {
    if (program === undefined) process.exit(0);
    // One Ctrl-C can arrive twice, from the terminal and from whoever started us; a second one means now.
    if (stoppedAt !== undefined && performance.now() - stoppedAt < SAME_SIGNAL) return;
    if (stoppedAt !== undefined) process.exit(1);
    stoppedAt = performance.now();
    voice.log('info', 'stopping: a second signal ends what still runs', { signal });
    program.stop(times).then((cut) => {
      if (cut > 0) voice.log('warn', 'requests were cut at the drain limit', { requests: cut });
      process.exit(cut === 0 ? 0 : 1);
    }, fail);
  });
  program = await start(options, folder, voice);
  voice.ready(program.ready);
}

await run().catch(fail);
