import { parseArgs } from 'node:util';

export const SECTIONS = ['proxies', 'pipeline', 'size', 'scale', 'propagation', 'micro', 'cores'] as const;
export type Section = (typeof SECTIONS)[number];

/** What is asked of `npm run bench`. */
export interface Wanted {
  /** All targets, in less than two minutes. */
  readonly quick: boolean;
  readonly json: boolean;
  /** Table and plot go into docs/. */
  readonly write: boolean;
  readonly sections: readonly Section[];
  /** Contestants whose name holds one of these words; empty: all. */
  readonly among: readonly string[];
  /** Of the throughput and the latency; undefined: as many as the kind of run has. */
  readonly rounds: number | undefined;
}

export const HELP = `npm run bench [-- [quick] [options]]

Measures the mesh beside its peers and prints a table in Markdown. The whole run takes less than 15 minutes, the quick
one less than 2: it has a value for every target, from fewer contestants, fewer rounds and shorter ones.

  --json                 one JSON document on stdout: machine, rounds, rows, targets (progress is on stderr)
  --write                put table and plot into docs/performance.md and docs/benchmarks.svg
  --rounds <n>           rounds of throughput and latency
  --only <a,b>           these sections alone: ${SECTIONS.join(', ')}
  --among <a,b>          only contestants whose name holds one of these words: node, bun, envoy, "bare node" ...
  --help                 this text

Takes part if it is there: wrk (else autocannon is the load), haproxy, nginx (Debian packages), Envoy (ENVOY_BIN names
the program), the libraries of bench/peers (installed by the first run). Leave the machine alone while it runs.

Ends with 0 when all was measured that can be measured here, whether the targets are met or not; with 1 when something
that takes part failed; with 2 when the arguments are wrong.
`;

/** @throws {Error} with what is wrong and what to do */
export function wantedOf(args: readonly string[]): Wanted | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      among: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const [kind, ...more] = positionals;
  if (more.length > 0 || (kind !== undefined && kind !== 'quick')) {
    throw new Error(`Unknown argument '${more[0] ?? kind}': the only word it takes is quick`);
  }
  return {
    quick: kind === 'quick',
    json: values.json,
    write: values.write,
    sections: values.only === undefined ? SECTIONS : values.only.split(',').map(sectionOf),
    among: values.among === undefined ? [] : values.among.split(',').filter((word) => word !== ''),
    rounds: values.rounds === undefined ? undefined : roundsOf(values.rounds),
  };
}

function sectionOf(word: string): Section {
  const section = SECTIONS.find((name) => name === word);
  if (section === undefined) throw new Error(`Unknown section '${word}': there are ${SECTIONS.join(', ')}`);
  return section;
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (!/^\d+$/.test(text) || rounds < 1 || rounds > 100) throw new Error(`'${text}' rounds: 1 to 100 can be done`);
  return rounds;
}
