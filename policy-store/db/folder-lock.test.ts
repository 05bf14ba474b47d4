import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gossamer-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const lockText = (number: number) => readFile(join(folder, `lock.${number}`), 'utf8');
const leaveLock = (text: string) => writeFile(join(folder, 'lock.1'), text);

test('the lock names its holder, and can be taken again once it is given back', async () => {
  const release = await lockFolder(folder);
  expect(JSON.parse(await lockText(1))).toMatchObject({ pid: process.pid });
  await release();
  await (await lockFolder(folder))();
  expect(await readdir(folder)).toEqual(['lock.2']);
});

test('a folder in use is refused, naming the process and what to do', async () => {
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid}. Stop that process, or`);
  await release();
});

test.each([
  ['a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, started: '' })],
  ['an earlier process of the same pid', JSON.stringify({ pid: process.pid, started: 'another-boot:1' })],
  ['nobody', ''],
  ['something else', '{"pid":"x"}'],
])('the lock of %s is taken over', async (_, text) => {
  await leaveLock(text);
  const release = await lockFolder(folder);
  expect(JSON.parse(await lockText(2)).pid).toBe(process.pid);
  await release();
});

test('of many who find a dead lock exactly one gets it', async () => {
  await leaveLock(JSON.stringify({ pid: 2 ** 22 + 1, started: '' }));
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(folder)).toEqual(['lock.2']);
});

test('many who take turns never hold it together', async () => {
  let holders = 0;
  const turn = async () => {
    const release = await lockFolder(folder).catch(() => undefined);
    if (!release) return 0;
    holders += 1;
    const together = holders;
    await readdir(folder);
    holders -= 1;
    await release();
    return together;
  };
  const seen: number[] = [];
  for (let round = 0; round < 20; round++) seen.push(...(await Promise.all([turn(), turn(), turn(), turn()])));
  expect(Math.max(...seen)).toBe(1);
});
