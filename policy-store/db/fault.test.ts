import { DrizzleQueryError } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { StoreRefusal } from '../refusal.ts';
import { DatabaseFault, withoutSecrets } from './fault.ts';

const failed = (code: string) => {
  const cause = Object.assign(new Error('key (s3cret) exists'), { code });
  return withoutSecrets(new DrizzleQueryError('insert', ['s3cret'], cause));
};

test.each(['ECONNREFUSED', 'CONNECTION_CLOSED', 'CONNECT_TIMEOUT', '57P01', '08006'])('%s is no answer', (code) => {
  expect(failed(code)).toMatchObject({ code: 'database_unavailable', status: 503 });
});

test.each([
  ['CONNECTION_CLOSED', 'is not known'],
  ['57P01', 'is not known'],
  ['ECONNREFUSED', 'Nothing was changed'],
  ['57P03', 'Nothing was changed'],
  ['53100', 'disk of the database is full'],
])('%s: what became of a change is told as far as it is known', (code, words) => {
  expect((failed(code) as Error).message).toContain(words);
});

test.each(['57014', '55P03', '40P01'])('%s is busy', (code) => {
  expect(failed(code)).toMatchObject({ code: 'database_busy', status: 503 });
});

test.each(['23505', 'P0001', '42P01'])('%s is a bug, not an outage', (code) => {
  expect(failed(code)).toBeInstanceOf(DatabaseFault);
});

test('no parameter and no text of the driver gets out', () => {
  for (const code of ['ECONNREFUSED', '57014', '23505', 'not a code']) {
    const error = failed(code) as Error;
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain('s3cret');
    expect(error.cause).toBeUndefined();
  }
});

test('a refusal and an error that is not of the database pass as they are', () => {
  const refusal = new StoreRefusal('conflict', 'x');
  const bug = new TypeError('y');
  expect([withoutSecrets(refusal), withoutSecrets(bug)]).toEqual([refusal, bug]);
});
