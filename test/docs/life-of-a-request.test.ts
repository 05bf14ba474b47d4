import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { meshPipeline } from '../../router/pipeline.ts';
import { REASONS } from '../../router/reasons.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/life-of-a-request.md');

test('the table has the stages, in their order', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, stage]) => stage);
  expect(rows).toEqual(meshPipeline.names);
});

test('the picture in README has the stages, in their order', () => {
  const shown = [...read('README.md').matchAll(/\bs\d+\["([a-z-]+)"\]/g)].map(([, stage]) => stage);
  expect(shown).toEqual(meshPipeline.names);
});

test('every reason that a router answers with is told, and no other', () => {
  const told = [...page.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, word = '']) => word);
  const reserved = read('docs/errors.md')
    .split(/^### /m)
    .filter((section) => section.includes('Reserved:'))
    .map((section) => section.slice(0, section.indexOf('\n')));
  const answered = Object.keys(REASONS).filter((reason) => !reserved.includes(reason));
  expect([...new Set([...told, 'unauthenticated'])].sort()).toEqual(answered.sort());
});
