import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SECTIONS, type Section, type Wanted } from './arguments.ts';
import { measureCores } from './cores.ts';
import { measureMicro } from './micro/micro.ts';
import { measurePipeline } from './pipeline.ts';
import { measurePropagation } from './propagation.ts';
import type { Contestant } from './proxies/contestants.ts';
import { runProxies } from './proxies/run.ts';
import type { Row } from './rows.ts';
import { measureScale } from './scale.ts';
import { measureSize } from './size.ts';

/** What takes no part here, and why. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
  /** It should have taken part. */
  readonly failed: boolean;
}

export interface Measured {
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly skipped: readonly Skipped[];
}

/** The contestants that a target needs. */
const NEEDED = /^(gossamer on|bare) |^reply-from$|^envoy$/;

/** What a quick run leaves out when nobody asks for it. */
const NO_TARGET: ReadonlySet<Section> = new Set(['micro', 'cores']);

/** Section by section: one that fails leaves the others their turn. @param ended asked before each */
export async function measure(
  wanted: Wanted,
  tell: (line: string) => void,
  ended: () => boolean = () => false,
): Promise<Measured> {
  const all = wanted.sections.length === SECTIONS.length;
  const rows: Row[] = [];
  const skipped: Skipped[] = [];
  const rounds = wanted.rounds ?? (wanted.quick ? 3 : 4);
  const skip = (name: string, reason: string, failed: boolean): void => {
    skipped.push({ name, reason, failed });
    tell(`${name} ${failed ? 'FAILED' : 'takes no part'}: ${reason}`);
  };
  const work: Record<Section, () => Promise<Row[]>> = {
    proxies: () => proxies(wanted, rounds, tell, skip),
    pipeline: () => measurePipeline(wanted.quick ? 5 : 15),
    size: () => (wanted.quick ? measureSize(3, ['router']) : measureSize(9)),
    scale: () => measureScale({ changes: wanted.quick ? 5 : 100, tell }),
    propagation: () => measurePropagation({ poll: !wanted.quick, tell }),
    micro: () => measureMicro({ ms: wanted.quick ? 100 : 600 }),
    cores: () => measureCores({ rounds: wanted.quick ? 3 : 5, seconds: wanted.quick ? 1 : 3, tell }),
  };
  for (const name of wanted.sections.filter((name) => !(wanted.quick && all && NO_TARGET.has(name)))) {
    if (ended()) break;
    const start = performance.now();
    tell(`=== ${name}`);
    try {
      rows.push(...(await work[name]()));
    } catch (error) {
      skip(name, error instanceof Error ? (error.stack ?? error.message) : String(error), true);
    }
    tell(`=== ${name} took ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  return { rounds, rows, skipped };
}

function proxies(
  { quick, among }: Wanted,
  rounds: number,
  tell: (line: string) => void,
  skip: (name: string, reason: string, failed: boolean) => void,
): Promise<Row[]> {
  installPeers(tell);
  const named = ({ name }: Contestant): boolean => among.length === 0 || among.some((word) => name.includes(word));
  return runProxies({
    rounds,
    seconds: quick ? 1 : 4,
    warmUp: quick ? { requests: 40_000, within: 4 } : { requests: 200_000, within: 15 },
    series: quick ? 1 : 4,
    only: (contestant) => named(contestant) && (!quick || among.length > 0 || NEEDED.test(contestant.name)),
    tell,
    skip,
  });
}

/** The first run brings the libraries of others along; without a network they take no part. */
function installPeers(tell: (line: string) => void): void {
  const folder = fileURLToPath(new URL('peers', import.meta.url));
  if (existsSync(`${folder}/node_modules/.package-lock.json`)) return;
  tell('installing bench/peers (once, some seconds) ...');
  const run = spawnSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'], {
    encoding: 'utf8',
  });
  if (run.status !== 0) tell(`npm ci --prefix bench/peers failed: ${run.stderr.trim()}`);
}
