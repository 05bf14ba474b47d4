/** One line of a panel: a value each `step` minutes. */
export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const WIDTH = 820;
const HEIGHT = 190;
const LEFT = 60;
const RIGHT = 90;
const TOP = 34;
const BOTTOM = 26;

/** Panels under each other, from 0 up, as SVG that reads on light and dark pages. @param minutes of the whole axis */
export function plot(panels: readonly Panel[], minutes: number): string {
  const body = panels.map((panel, i) => `<g transform="translate(0 ${i * HEIGHT})">${draw(panel, minutes)}</g>`);
  const height = panels.length * HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${body.join('\n')}
</svg>
`;
}

function draw({ title, lines }: Panel, minutes: number): string {
  const top = ceiling(Math.max(...lines.flatMap(({ values }) => values)));
  const x = (share: number): string => (LEFT + share * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string => (HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<path d="M${x(0)} ${y(top * share)}H${x(1)}" stroke="#ddd"/>` +
      `<text x="${LEFT - 6}" y="${y(top * share)}" text-anchor="end" dominant-baseline="middle" fill="#555">${round(top * share)}</text>` +
      `<text x="${x(share)}" y="${HEIGHT - 8}" text-anchor="middle" fill="#555">${round(minutes * share)} min</text>`,
  );
  const drawn = lines.map(({ name, colour, values }) => {
    const points = values.map((value, i) => `${x(i / Math.max(1, values.length - 1))},${y(value)}`).join(' ');
    return (
      `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.5"/>` +
      `<text x="${WIDTH - RIGHT + 8}" y="${y(values.at(-1) ?? 0)}" dominant-baseline="middle" fill="${colour}">${name}</text>`
    );
  });
  return `<text x="${LEFT}" y="20" font-weight="bold">${title}</text>${grid.join('')}${drawn.join('')}`;
}

/** A round number above all values. */
function ceiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return Math.ceil(value / unit) * unit;
}

const round = (value: number): string => String(Number(value.toFixed(2)));
