import { expect, test } from 'vitest';
import type { ResourceSet } from './changes.ts';
import { planChanges, planDeletion, summarise, unstorable } from './changes.ts';
import type { Metadata, Resource } from './resources/resource.ts';

const workload = (name: string, spec: unknown = {}, metadata: Partial<Metadata> = {}): Resource => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Workload',
  metadata: { name, namespace: 'shop', ...metadata },
  spec,
});

const stamp = (revision: number) => ({ revision, now: 1_000 * revision, newUid: () => `uid-${revision}` });
const key = (name: string) => `gossamer.mesh/Workload/shop/${name}`;
const first = planChanges(new Map(), [workload('cart'), workload('web')], false, stamp(1));
const outcomes = (plan: { results: readonly { name: string; outcome: string }[] }) =>
  plan.results.map(({ name, outcome }) => `${name} ${outcome}`);

test('a new document is stamped', () => {
  expect(first.next.get(key('cart'))?.metadata).toEqual({
    name: 'cart',
    namespace: 'shop',
    uid: 'uid-1',
    resourceVersion: '1',
    creationTimestamp: '1970-01-01T00:00:01.000Z',
    generation: 1,
  });
  expect(outcomes(first)).toEqual(['cart created', 'web created']);
});

test('the same document again changes nothing', () => {
  const again = planChanges(first.next, [workload('cart')], false, stamp(2));
  expect(outcomes(again)).toEqual(['cart unchanged']);
  expect(again.changes).toEqual([]);
  expect(again.next.get(key('cart'))).toBe(first.next.get(key('cart')));
});

test('a changed spec counts a generation, changed labels do not; both keep uid and creation', () => {
  const spec = planChanges(first.next, [workload('cart', { keys: [] })], false, stamp(2));
  const labels = planChanges(spec.next, [workload('cart', { keys: [] }, { labels: { a: 'b' } })], false, stamp(3));
  expect(spec.next.get(key('cart'))?.metadata).toMatchObject({ uid: 'uid-1', generation: 2, resourceVersion: '2' });
  expect(labels.next.get(key('cart'))?.metadata).toMatchObject({ uid: 'uid-1', generation: 2, resourceVersion: '3' });
});

test('an exported document applies to what it was exported from', () => {
  const exported = first.next.get(key('cart')) as Resource;
  expect(outcomes(planChanges(first.next, [exported], false, stamp(2)))).toEqual(['cart unchanged']);
});

test.each([
  ['an older resourceVersion', { resourceVersion: '0' }],
  ['another uid', { uid: 'uid-9' }],
])('%s is a conflict', (_, metadata) => {
  const apply = () => planChanges(first.next, [workload('cart', {}, metadata)], false, stamp(2));
  expect(apply).toThrow(expect.objectContaining({ code: 'conflict', status: 409 }));
});

test('a resourceVersion of a document that is not there is a conflict', () => {
  const apply = () => planChanges(new Map(), [workload('cart', {}, { resourceVersion: '1' })], false, stamp(2));
  expect(apply).toThrow('does not exist');
});

test('prune leaves exactly the documents given', () => {
  const pruned = planChanges(first.next, [workload('web'), workload('new')], true, stamp(2));
  expect(outcomes(pruned)).toEqual(['web unchanged', 'new created', 'cart deleted']);
  expect([...pruned.next.keys()]).toEqual([key('web'), key('new')]);
  expect(summarise(pruned.changes)).toBe('1 created, 1 deleted');
});

test('a plan does not touch the set that it starts from', () => {
  const stored: ResourceSet = new Map(first.next);
  planChanges(first.next, [workload('cart', { keys: [] })], true, stamp(2));
  planDeletion(first.next, key('cart'));
  expect(first.next).toEqual(stored);
});

test('a deletion takes out one document, or says that there is none', () => {
  expect([...planDeletion(first.next, key('cart')).next.keys()]).toEqual([key('web')]);
  expect(() => planDeletion(first.next, key('nobody'))).toThrow(expect.objectContaining({ code: 'not_found' }));
});

test('an absent spec and absent labels equal empty ones', () => {
  const bare = planChanges(new Map(), [workload('cart', undefined)], false, stamp(1));
  const same = planChanges(bare.next, [workload('cart', undefined, { labels: {} })], false, stamp(2));
  expect(same.changes).toEqual([]);
});

test.each(['a\0b', 'half \ud800 pair'])('text that Postgres does not keep is an error, wherever it is', (text) => {
  const documents = [
    workload('a', { x: [{ [text]: 1 }] }),
    workload('b', { y: text }),
    workload('c', { z: 'good 😀' }),
  ];
  expect(unstorable(documents).map(({ resource }) => resource)).toEqual(['Workload shop/a', 'Workload shop/b']);
});
