import type { Machine } from './machine.ts';
import type { Row, Target } from './rows.ts';

export interface Report {
  readonly machine: Machine;
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
}

const TITLES: Readonly<Record<Row['section'], string>> = {
  ratios: 'Beside others (requests a second of ours / theirs, round by round)',
  proxies: 'Requests a second, one processor',
  latency: 'Latency at half of capacity',
  pipeline: 'The pipeline by itself',
  micro: 'Micro benchmarks',
  size: 'Size and start',
  scale: '10,000 services',
  propagation: 'From apply to enforced',
  cores: 'Several processors on Node',
};

/** Targets, then what was measured, section by section. */
export function markdownOf({ machine, rounds, rows, targets }: Report): string {
  const sections = (Object.keys(TITLES) as Row['section'][]).flatMap((section) => {
    const own = rows.filter((row) => row.section === section);
    if (own.length === 0) return [];
    const lines = own.map(({ name, value, unit, spread }) => [
      name,
      `${figure(value)} ${unit}`,
      spread === undefined ? '' : `${figure(spread[0])} – ${figure(spread[1])}`,
    ]);
    return [`**${TITLES[section]}**`, tableOf(['what', 'median', 'least – most'], lines)];
  });
  const judged = targets.map(({ name, value, goal, met }) => [
    name,
    goal,
    value === null ? 'not measured here' : figure(value),
    met ? 'yes' : 'no',
  ]);
  return [placeOf(machine, rounds), '**Targets**', tableOf(['what', 'goal', 'value', 'met'], judged), ...sections].join(
    '\n\n',
  );
}

const placeOf = ({ processor, cores, memory, kernel, versions }: Machine, rounds: number): string =>
  `${processor}, ${cores} cores, ${memory} GB, ${kernel}; ${rounds} rounds; ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.`;

const tableOf = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Three digits that count: 0.0312, 9.81, 18,300. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const text = Number(value.toPrecision(3));
  return text.toLocaleString('en-US', { maximumFractionDigits: 6 });
}
