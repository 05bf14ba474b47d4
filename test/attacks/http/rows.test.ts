import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../blackbox/process.ts';
import { ATTACKS } from './all-attacks.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { ROWS } from './rows.ts';

test.each(Object.entries(ROWS))('row %s has cases, or says where it is tried', (row, { tried }) => {
  const cases = ATTACKS.filter((attack) => attack.row === row).length;
  expect(cases > 0 || tried !== undefined).toBe(true);
  if (tried !== undefined) expect(existsSync(join(ROOT, tried))).toBe(true);
});

test('the list has all 25 rows, and no case is of another', () => {
  expect(Object.keys(ROWS)).toEqual(Array.from({ length: 25 }, (_, n) => `4.${n + 1}`));
  for (const { row } of ATTACKS) expect(ROWS).toHaveProperty([row]);
});

test('every exception is of an attack that there is', () => {
  for (const start of EXCEPTIONS.flatMap(({ attacks }) => attacks)) {
    expect(ATTACKS.some(({ name }) => name.startsWith(start))).toBe(true);
  }
});
