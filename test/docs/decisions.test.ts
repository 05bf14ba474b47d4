import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../docs/decisions/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const names = readdirSync(folder).filter((name) => name !== 'README.md' && name !== 'template.md');
const sections = (text: string): string[] => text.match(/^## .*$/gm) ?? [];

test('the list has every decision by its title, once', () => {
  const listed = read('README.md').match(/^- .*$/gm) ?? [];
  const lines = names.map((name) => `- [${read(name).split('\n')[0]?.slice(2)}](${name})`);
  expect(listed.sort()).toEqual(lines.sort());
});

test.each(names)('%s has the parts of the template', (name) => {
  expect(sections(read(name))).toEqual(sections(read('template.md')));
});
