import { readFileSync, writeFileSync } from 'node:fs';
import { markdownOf, type Report } from './markdown.ts';
import { plotOf } from './plot.ts';

const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';
const DOCS = new URL('../docs/', import.meta.url);

/** Table and plot take the place of those before. */
export function writeDocs(report: Report): void {
  const file = new URL('performance.md', DOCS);
  writeFileSync(file, between(readFileSync(file, 'utf8'), markdownOf(report)));
  writeFileSync(new URL('benchmarks.svg', DOCS), plotOf(report.rows));
}

/** @throws {Error} when the document has no place for it */
export function between(document: string, table: string): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${BEGIN} and ${END} to write between`);
  return `${document.slice(0, from + BEGIN.length)}\n${table}\n${document.slice(to)}`;
}
