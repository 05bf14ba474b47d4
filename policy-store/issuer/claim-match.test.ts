import { expect, test } from 'vitest';
import { claimSays } from './claim-match.ts';

const kubernetes = { 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'cart', uid: 'u-1' } } };

test.each<[string, object, string, string, boolean]>([
  ['a claim', { repository_id: '12' }, 'repository_id', '12', true],
  ['a claim inside of others', kubernetes, 'kubernetes.io.serviceaccount.uid', 'u-1', true],
  ['a number', { app_id: 12 }, 'app_id', '12', true],
  ['a truth', { ref_protected: true }, 'ref_protected', 'true', true],
  ['another value', { repository_id: '123' }, 'repository_id', '12', false],
  ['a fraction', { app_id: 12.5 }, 'app_id', '12.5', false],
  ['a list', { repository_id: ['12'] }, 'repository_id', '12', false],
  ['an object', kubernetes, 'kubernetes.io', '[object Object]', false],
  ['nothing there', {}, 'repository_id', 'undefined', false],
  ['what every object has', {}, 'constructor.name', 'Object', false],
  ['two readings', { 'a.b': '1', a: { b: '1' } }, 'a.b', '1', false],
])('%s', (_name, claims, name, value, says) => {
  expect(claimSays(claims as Record<string, unknown>, name, value)).toBe(says);
});
