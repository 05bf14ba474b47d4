import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { gossamer, launcher, Program, root } from './programs.ts';

/** A Node of this machine that is too old for the sources, if there is one: npm itself may run on it. */
const olderNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter((path) => !path.includes('node_modules') && existsSync(path))
  .find((path) => Number(execFileSync(path, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' })) < 24);

test.skipIf(olderNode === undefined)('on an older Node it hands over to the pinned one', async () => {
  const run = await new Program(olderNode ?? '', [launcher, 'get', 'nokind'], { cwd: root }).ended;
  expect([run.code, run.err]).toEqual([2, expect.stringContaining('no kind of document')]);
});

test('it runs from any folder', async () => {
  expect(await gossamer('--version', { cwd: '/' })).toMatchObject({ code: 0, out: '0.1.0\n', err: '' });
});

test('`npx gossamer` finds it in a checkout', async () => {
  const run = await new Program('npx', ['gossamer', '--version'], { cwd: root }).ended;
  expect([run.code, run.out]).toEqual([0, '0.1.0\n']);
});

test('--help of every command has an example', async () => {
  for (const command of [
    'dev',
    'serve router',
    'apply',
    'get',
    'describe',
    'delete',
    'diff',
    'explain',
    'token',
    'status',
  ]) {
    const { code, out } = await gossamer(`${command} --help`, { cwd: root });
    expect([command, code, out]).toEqual([command, 0, expect.stringContaining(`  gossamer ${command}`)]);
  }
});
