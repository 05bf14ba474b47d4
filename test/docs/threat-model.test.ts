import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../docs/', import.meta.url);
const page = readFileSync(new URL('threat-model.md', folder), 'utf8');
const [, stopped = ''] = page.split('## What is stopped, and by what\n');
const rows = (stopped.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| (?!attack \|)/.test(line));

test('there are rows to check', () => expect(rows.length).toBeGreaterThan(20));

test.each(rows.map((row) => [row.split('|')[1]?.trim() ?? '', row]))('%s: named tests exist, and test', (_, row) => {
  const links = [...row.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => new URL(link, folder));
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) {
    expect(existsSync(link), link.pathname).toBe(true);
    expect(readFileSync(link, 'utf8')).toMatch(/\btest(\.each|\.skipIf|\()/);
  }
});

test('the page says what is not stopped', () => {
  expect(page.split('## What is not stopped')[1]?.match(/^- \*\*/gm)?.length).toBeGreaterThan(10);
});
