import { expect, test } from 'vitest';
import { figure, markdownOf } from './markdown.ts';
import { plotOf } from './plot.ts';
import { rowOf } from './rows.ts';
import { judge } from './targets.ts';
import { between } from './write.ts';

const machine = { processor: 'A <CPU>', cores: 2, memory: 8, kernel: 'linux 6', versions: { node: '24.0.0' } };
const rows = [
  rowOf('proxies', 'gossamer on node', [9000, 8000, 10000], 'requests/s'),
  rowOf('proxies', 'bare node', [10000], 'requests/s'),
  rowOf('ratios', 'gossamer on node / bare node', [0.9, 0.8, 1], 'x'),
];

test('the table holds every target, every row with its spread, and the machine', () => {
  const text = markdownOf({ machine, rounds: 3, rows, targets: judge(rows) });
  for (const { name } of judge([])) expect(text).toContain(`| ${name} |`);
  expect(text).toContain('| gossamer on node | 9,000 requests/s | 8,000 – 10,000 |');
  expect(text).toContain('| full policy on Node / bare dispatch pass-through on Node | >= 0.9 | 0.9 | yes |');
  expect(text).toContain('2 cores, 8 GB, linux 6; 3 rounds; node 24.0.0.');
});

test.each([
  [0.03124, '0.0312'],
  [9.812, '9.81'],
  [18345, '18,300'],
  [Number.NaN, 'NaN'],
])('%d is told as %s', (value, text) => expect(figure(value)).toBe(text));

test('the table takes the place of the one before and of nothing else', () => {
  const document = 'a\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nb\n';
  expect(between(document, 'new')).toBe('a\n<!-- measured: begin -->\nnew\n<!-- measured: end -->\nb\n');
  expect(() => between('a', 'new')).toThrow('no <!-- measured: begin -->');
});

test('the plot has a bar for every contestant, the longest for the fastest', () => {
  const widths = [...plotOf(rows).matchAll(/<rect x="170" y="\d+" width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  expect(widths).toHaveLength(2);
  expect(widths[0]).toBeGreaterThan(widths[1] as number);
  expect(plotOf([])).toContain('</svg>');
});
