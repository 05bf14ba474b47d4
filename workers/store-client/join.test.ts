import { expect, test } from 'vitest';
import { parseJoin } from './join.ts';

const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k' };
const join = (more: object = {}): string =>
  JSON.stringify({ store: 'http://127.0.0.1:8082/', token: 'router-token', manifestKeys: [KEY], ...more });

test('a join file is read; the slash at the end of the URL is not kept', () => {
  expect(parseJoin(join())).toEqual({ store: 'http://127.0.0.1:8082', token: 'router-token', manifestKeys: [KEY] });
});

test.each([
  ['no JSON', 'router-token'],
  ['no JSON object', '7'],
  ['`store`', join({ store: 'ftp://a' })],
  ['`store`', join({ store: 'http://a/path' })],
  ['`store`', join({ store: 'http://user:router-token@a' })],
  ['`token`', join({ token: '' })],
  ['`manifestKeys`', join({ manifestKeys: [] })],
  ['`manifestKeys`', join({ manifestKeys: [{ ...KEY, d: 'router-token' }] })],
])('what is wrong is named (%s), what is secret is not told', (named, text) => {
  const error = (() => {
    try {
      return String(parseJoin(text));
    } catch (thrown) {
      return String(thrown);
    }
  })();
  expect(error).toContain(named);
  expect(error).not.toContain('router-token');
});
