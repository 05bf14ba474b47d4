import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PERMISSIONS, type Permission } from '../../policy-store/access/permissions.ts';
import { openPglite } from '../../policy-store/db/pglite.ts';
import { openStore, type TestStore } from './store-harness.ts';

const page = readFileSync(new URL('../../docs/admin-access.md', import.meta.url), 'utf8');
/** Cells of the table under a heading, without the line of dashes. */
function tableUnder(heading: string): string[][] {
  const [, rest = ''] = page.split(`## ${heading}\n`);
  const lines = rest
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|---'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

let mesh: TestStore;
beforeAll(async () => {
  mesh = await openStore(await openPglite('memory'));
});
afterAll(() => mesh.store.close());

test('roles have exactly the permissions of the page', () => {
  const [head, ...rows] = tableUnder('Roles and permissions');
  const roles = head!.slice(1);
  expect(new Set(roles)).toEqual(new Set(Object.keys(PERMISSIONS)));
  const written = Object.fromEntries(
    roles.map((role, column) => [
      role,
      rows
        .filter((row) => row[column + 1] === 'x')
        .map(([name]) => name)
        .sort(),
    ]),
  );
  const built = Object.fromEntries(Object.entries(PERMISSIONS).map(([role, set]) => [role, [...set].sort()]));
  expect(built).toEqual(written);
});

test('every operation needs exactly what the page says', async () => {
  const { body } = await mesh.ask('GET', '/openapi.json', { token: null });
  const built = Object.entries<Record<string, { 'x-needs': Permission | 'nothing' }>>(body.paths).flatMap(
    ([path, item]) => Object.entries(item).map(([method, on]) => [`${method.toUpperCase()} ${path}`, on['x-needs']]),
  );
  expect(built.sort()).toEqual(tableUnder('Operations').slice(1).sort());
});
