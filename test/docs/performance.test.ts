import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judge } from '../../bench/targets.ts';
import { ALL_RUNTIMES } from '../blackbox/runtimes.ts';

const docs = new URL('../../docs/', import.meta.url);
const page = readFileSync(new URL('performance.md', docs), 'utf8');
const measured = page.split('<!-- measured: begin -->')[1]?.split('<!-- measured: end -->')[0] ?? '';

test.each(judge([]).map(({ name, goal }) => [name, goal]))('docs/performance.md has a row for: %s', (name, goal) => {
  expect(measured).toContain(`| ${name} | ${goal} |`);
});

test.each(['benchmarks.svg', ...ALL_RUNTIMES.map(({ name }) => `flame-${name}.svg`)])(
  'its picture %s is there',
  (picture) => {
    expect(page).toContain(`(${picture})`);
    expect(existsSync(new URL(picture, docs))).toBe(true);
  },
);
