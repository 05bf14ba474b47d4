import type { EdgeStats, StatsAnswer } from '../../snapshot/telemetry.ts';

const HEADINGS = ['FROM', 'TO', 'RPS', 'SUCCESS', 'P50', 'P99', 'REFUSED', 'SPLIT'];

/** Who calls whom, as lines of a table. */
export function statsLines({ edges, windowSeconds }: StatsAnswer): string[] {
  const rows = [...edges]
    .sort((a, b) => b.requests - a.requests)
    .map((edge) => [
      lastSegment(edge.source),
      lastSegment(edge.destination),
      edge.rps.toFixed(1),
      `${(edge.success * 100).toFixed(1)} %`,
      `${edge.p50.toFixed(0)} ms`,
      `${edge.p99.toFixed(0)} ms`,
      reasonsText(edge),
      splitText(edge),
    ]);
  const lines = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [`last ${windowSeconds} s`, ...text];
}

/** `spiffe://mesh.local/ns/shop/sa/orders` and `shop/orders` are both `orders` here: there is one namespace. */
const lastSegment = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const reasonsText = ({ reasons }: EdgeStats): string =>
  Object.entries(reasons)
    .filter(([reason]) => reason !== 'none')
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');

/** Only where more than one backend was called. */
function splitText({ backends, success }: EdgeStats): string {
  const shares = Object.entries(backends).filter(([name]) => name !== 'none');
  if (shares.length < 2 || success === 0) return '';
  const total = shares.reduce((sum, [, count]) => sum + count, 0);
  return shares.map(([name, count]) => `${lastSegment(name)} ${Math.round((count / total) * 100)} %`).join(', ');
}
