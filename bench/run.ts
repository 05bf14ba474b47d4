import { stopAll } from '../test/blackbox/process.ts';
import { HELP, type Wanted, wantedOf } from './arguments.ts';
import { machineOf } from './machine.ts';
import { markdownOf } from './markdown.ts';
import { measure } from './measure.ts';
import { endLoad } from './proxies/drive.ts';
import { judge } from './targets.ts';
import { writeDocs } from './write.ts';

/** Time that what runs has to put its things away once its processes are gone. */
const GRACE_MS = 3_000;

let ended = false;

function end(): void {
  ended = true;
  endLoad();
  void stopAll();
  setTimeout(() => process.exit(130), GRACE_MS).unref();
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);

const tell = (line: string): void => {
  if (!ended) process.stderr.write(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
};

async function run(wanted: Wanted): Promise<number> {
  const machine = machineOf();
  const { rounds, rows, skipped } = await measure(wanted, tell, () => ended);
  if (ended) return 130;
  const report = { machine, rounds, rows, targets: judge(rows), skipped };
  if (wanted.write) writeDocs(report);
  process.stdout.write(wanted.json ? `${JSON.stringify(report, null, 2)}\n` : `${markdownOf(report)}\n`);
  return skipped.some(({ failed }) => failed) ? 1 : 0;
}

function wantedOrExit(): Wanted {
  try {
    const wanted = wantedOf(process.argv.slice(2));
    if (wanted !== 'help') return wanted;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\nSee npm run bench -- --help.\n`);
    process.exit(2);
  }
}

process.exit(await run(wantedOrExit()));
