import { expect, test } from 'vitest';
import { findJoin } from './join-file.ts';

const text = JSON.stringify({ store: 'http://a', token: 'router-token', manifestKeys: [{ kty: 'EC' }] });

test('the environment may hold the text itself', () => {
  expect(findJoin(undefined, { GOSSAMER_JOIN: text, GOSSAMER_JOIN_FILE: '/nowhere' }).store).toBe('http://a');
});

test.each([
  [undefined, {}, 'which mesh to join is not said'],
  ['/nowhere', {}, '/nowhere can not be read: it does not exist'],
  [undefined, { GOSSAMER_JOIN_FILE: '/nowhere' }, '/nowhere can not be read'],
  [undefined, { GOSSAMER_JOIN: '{}' }, 'GOSSAMER_JOIN is no join file'],
])('from %s and %j: %s', (file, env, message) => {
  expect(() => findJoin(file, env)).toThrow(message);
});
