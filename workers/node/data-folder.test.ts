import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DataFolder } from './data-folder.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gossamer-folder-'));
});
afterAll(() => rmSync(root, { recursive: true }));

test('a secret is made once, long and for its owner only', () => {
  const path = join(root, 'a', 'b');
  const secret = DataFolder.open(path).secret('admin-token');
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(DataFolder.open(path).secret('admin-token')).toBe(secret);
  expect(DataFolder.open(path).secret('router-token')).not.toBe(secret);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'admin-token')).mode & 0o777).toBe(0o600);
});

test.each(['', 'short', 'a secret with spaces in it', 'two lines of\nmany characters'])('%j is no secret', (text) => {
  const folder = DataFolder.open(join(root, 'broken'));
  writeFileSync(folder.at('admin-token'), text);
  const telling = () => folder.secret('admin-token');
  expect(telling).toThrow('holds no usable secret');
  expect(telling).toThrow(/Delete it/);
});

test('a folder that can not be made is named', () => {
  writeFileSync(join(root, 'file'), '');
  expect(() => DataFolder.open(join(root, 'file', 'below'))).toThrow(/file\/below can not be used: ENOTDIR.*--data/);
});

test('a temporary folder goes, any other stays', () => {
  const temporary = DataFolder.temporary();
  temporary.write('x', 'y');
  temporary.remove();
  const lasting = DataFolder.open(join(root, 'lasting'));
  lasting.remove();
  expect([existsSync(temporary.path), existsSync(lasting.path)]).toEqual([false, true]);
});
