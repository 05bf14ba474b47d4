import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DiskCache } from './disk-cache.ts';

const HASH = 'a'.repeat(64);
const KEY = { kty: 'EC' };
const KEPT = { jws: 'jws', confirmedAt: 5, hopKey: KEY, manifestKeys: [{ kty: 'EC' }] };
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gossamer-cache-'));
});
afterAll(() => rmSync(root, { recursive: true }));

test('an empty folder holds nothing', async () => {
  const cache = new DiskCache(join(root, 'empty'));
  expect(await cache.manifest()).toBeUndefined();
  expect(await cache.chunk(HASH)).toBeUndefined();
});

test('another start finds what was kept, in files for its owner only', async () => {
  const folder = join(root, 'kept');
  await new DiskCache(folder).keepManifest(KEPT);
  await new DiskCache(folder).keepChunk(HASH, '{}');
  expect(await new DiskCache(folder).manifest()).toEqual(KEPT);
  expect(await new DiskCache(folder).chunk(HASH)).toBe('{}');
  expect(statSync(join(folder, 'manifest.json')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['chunks', 'manifest.json']);
});

test('a file that was cut short is an error, and not a snapshot', async () => {
  const folder = join(root, 'broken');
  await new DiskCache(folder).keepManifest(KEPT);
  writeFileSync(join(folder, 'manifest.json'), '{"jws":"x"}');
  await expect(new DiskCache(folder).manifest()).rejects.toThrow('broken');
});

test('what can not be written leaves nothing behind', async () => {
  const folder = join(root, 'unwritable');
  mkdirSync(join(folder, 'manifest.json'), { recursive: true });
  await expect(new DiskCache(folder).keepManifest(KEPT)).rejects.toThrow('EISDIR');
  expect(readdirSync(folder).sort()).toEqual(['chunks', 'manifest.json']);
});

test.each(['../manifest.json', 'A'.repeat(64), ''])('%j is no name of a chunk', async (hash) => {
  const cache = new DiskCache(join(root, 'names'));
  await cache.keepChunk(hash, 'x');
  expect(await cache.chunk(hash)).toBeUndefined();
});
