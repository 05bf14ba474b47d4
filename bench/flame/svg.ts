import { OWNERS, ownerOf } from './owners.ts';
import type { Frame } from './profile.ts';

const WIDTH = 1200;
const LINE = 17;
const TOP = 46;
/** Of the whole: what is narrower is not drawn. */
const LEAST = 0.005;
const LETTER = 6.3;

/** Width is time, what hangs below a box was called by it; for light and dark pages. @param title what was done meanwhile */
export function flameSvg(root: Frame, title: string): string {
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (frame: Frame, from: number, depth: number): void => {
    deepest = Math.max(deepest, depth);
    boxes.push(box(frame, root.time, from, depth));
    let at = from;
    for (const call of [...frame.calls.values()].toSorted((a, b) => b.time - a.time)) {
      if (call.time / root.time < LEAST) continue;
      draw(call, at, depth + 1);
      at += call.time;
    }
  };
  if (root.time > 0) draw(root, 0, 0);
  const height = TOP + (deepest + 1) * LINE + 8;
  const legend = OWNERS.map(
    ({ colour, name }, n) =>
      `<rect x="${10 + n * 110}" y="28" width="10" height="10" fill="${colour}"/><text x="${24 + n * 110}" y="37">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10.5">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="10" y="18" font-weight="bold" font-size="13">${escaped(title)}</text>
${legend.join('')}
${boxes.join('\n')}
</svg>
`;
}

function box(frame: Frame, whole: number, from: number, depth: number): string {
  const { name, place, time } = frame;
  const x = ((from / whole) * WIDTH).toFixed(1);
  const width = (time / whole) * WIDTH;
  const y = TOP + depth * LINE;
  const share = `${((time / whole) * 100).toFixed(1)} %`;
  const fits = Math.floor((width - 4) / LETTER);
  const label =
    fits < 3 ? '' : `<text x="${(Number(x) + 2).toFixed(1)}" y="${y + 12}">${escaped(cut(name, fits))}</text>`;
  const told = escaped(`${name}${place === '' ? '' : ` ${place}`} ${share}`);
  return `<g><title>${told}</title><rect x="${x}" y="${y}" width="${Math.max(0.2, width - 0.4).toFixed(1)}" height="16" fill="${ownerOf(frame).colour}"/>${label}</g>`;
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
