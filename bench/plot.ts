import type { Row } from './rows.ts';

const WIDTH = 820;
const LEFT = 170;
const RIGHT = 110;
const TOP = 40;
const BAR = 24;

/** Ours, the bare pass-throughs, everybody else. */
const COLOURS = { gossamer: '#2f6fdb', bare: '#9aa3af', peer: '#d08a2e' } as const;

const kindOf = (name: string): keyof typeof COLOURS =>
  name.startsWith('gossamer') ? 'gossamer' : /^(?:bare|fields) /.test(name) ? 'bare' : 'peer';

/** Requests a second of every contestant with the least and the most of the rounds, as SVG for light and dark pages. */
export function plotOf(rows: readonly Row[]): string {
  const bars = rows.filter(({ section }) => section === 'proxies').toSorted((a, b) => b.value - a.value);
  const height = TOP + bars.length * BAR + 30;
  const top = ceiling(Math.max(1, ...bars.map(({ value, spread }) => spread?.[1] ?? value)));
  const x = (value: number): string => (LEFT + (value / top) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<path d="M${x(top * share)} ${TOP - 4}V${height - 24}" stroke="#ddd"/>` +
      `<text x="${x(top * share)}" y="${height - 8}" text-anchor="middle" fill="#555">${text(top * share)}</text>`,
  );
  const drawn = bars.map((row, n) => bar(row, TOP + n * BAR, x));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${LEFT}" y="20" font-weight="bold" fill="#111">Requests a second on one processor: median, least and most of the rounds</text>
${[...grid, ...drawn].join('\n')}
</svg>
`;
}

function bar({ name, value, spread }: Row, y: number, x: (value: number) => string): string {
  const middle = y + BAR / 2 - 2;
  const whisker =
    spread === undefined
      ? ''
      : `<path d="M${x(spread[0])} ${middle}H${x(spread[1])}M${x(spread[0])} ${middle - 4}v8M${x(spread[1])} ${middle - 4}v8" stroke="#111" fill="none"/>`;
  return (
    `<text x="${LEFT - 8}" y="${middle}" text-anchor="end" dominant-baseline="middle" fill="#111">${name}</text>` +
    `<rect x="${LEFT}" y="${y}" width="${(Number(x(value)) - LEFT).toFixed(1)}" height="${BAR - 6}" fill="${COLOURS[kindOf(name)]}"/>` +
    whisker +
    `<text x="${Number(x(Math.max(value, spread?.[1] ?? 0))) + 8}" y="${middle}" dominant-baseline="middle" fill="#111">${text(value)}</text>`
  );
}

const text = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A round number above all values. */
function ceiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return Math.ceil((value / unit) * 2) * (unit / 2);
}
