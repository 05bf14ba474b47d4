import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../blackbox/process.ts';
import { ATTACKS } from './all-attacks.ts';
import { classesOf, EXCEPTIONS, ROWS } from './rows.ts';
import { CLASSES } from './token-class.ts';

const has = (row: number, name: (typeof CLASSES)[number]): boolean =>
  ATTACKS.some((attack) => attack.row === row && attack.classes.includes(name));

test.each(Object.keys(ROWS).map(Number))('row %i has cases of every class, or says why not', (row) => {
  expect(CLASSES.filter((name) => has(row, name))).toEqual(classesOf(row));
});

test('the list has all 26 rows, and no case is of another', () => {
  expect(Object.keys(ROWS)).toEqual(Array.from({ length: 26 }, (_, n) => `${n + 1}`));
  for (const { row } of ATTACKS) expect(ROWS).toHaveProperty([`${row}`]);
});

test('what is tried elsewhere is tried there', () => {
  for (const { tried } of EXCEPTIONS) if (tried !== undefined) expect(existsSync(join(ROOT, tried))).toBe(true);
});

test('no two cases have one name', () => {
  const names = ATTACKS.map(({ row, name }) => `${row} ${name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});
