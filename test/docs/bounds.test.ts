import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  bytes: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
};
const WORDS: Readonly<Record<string, number>> = { MEBIBYTE: 1024 ** 2, MINUTE: 60_000 };

/** Bytes, milliseconds or a count, as the page writes it. */
function amountOf(cell: string): number {
  const [number = '', unit = ''] = cell.split(' ');
  return Number(number.replaceAll(',', '')) * (UNITS[unit] ?? Number.NaN);
}

/** A constant or member that is a number or a product of numbers. */
function valueIn(source: string, name: string): number | undefined {
  const factor = '(?:\\d[\\d_.]*|MEBIBYTE|MINUTE)';
  const found = new RegExp(`(?:const ${name}(?:: \\w+)? = |\\b${name}: )(${factor}(?: \\* ${factor})*)`).exec(source);
  return found?.[1]
    ?.split(' * ')
    .map((part) => WORDS[part] ?? Number(part.replaceAll('_', '')))
    .reduce((product, part) => product * part, 1);
}

const ROW = /^\| .+ \| ([^|]+) \| \[`(\w+)`\]\(\.\.\/([^)]+)\) \| .+ \|$/gm;
const rows = [...read('docs/bounds.md').matchAll(ROW)].map(([, most = '', name = '', path = '']) => ({
  most,
  name,
  path,
}));

test('every line of a table is a row that is checked', () => {
  const lines = read('docs/bounds.md')
    .split('\n')
    .filter((line) => /^\|(?!---| what )/.test(line));
  expect(lines).toHaveLength(rows.length);
});

test.each(rows)('$path: $name is $most', ({ most, name, path }) => {
  expect(valueIn(read(path), name)).toBe(amountOf(most));
});

const BOUND = /^(?:export )?const ((?:MAX|MOST)_[A-Z_]+|(?:[A-Z_]+_)?LIMIT|[A-Z_]+_CAP)(?:: number)? = [\d_]/gm;
/** Not of memory: how far a compiled answer reaches. */
const OTHERS = new Set([
  'policy-store/compiler/routes/compile-filters.ts MAX_AGE',
  'snapshot/spiffe-id.ts MAX_LENGTH',
  'snapshot/spiffe-id.ts MAX_TRUST_DOMAIN',
]);

test('every bound of the code stands on the page', () => {
  const told = new Set(rows.map(({ path, name }) => `${path} ${name}`));
  const bounds = ['router', 'gateway', 'snapshot', 'policy-store', 'workers', 'sdk'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !/\.(?:test|fake)\.ts$/.test(path))
      .flatMap((path) => [...read(join(folder, path)).matchAll(BOUND)].map(([, name]) => `${folder}/${path} ${name}`)),
  );
  expect(bounds.length).toBeGreaterThan(60);
  expect(bounds.filter((bound) => !told.has(bound) && !OTHERS.has(bound))).toEqual([]);
});
