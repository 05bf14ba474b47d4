import { expect, test } from 'vitest';
import { ownerOf } from './owners.ts';
import { type CpuProfile, foldProfile, selfTimes } from './profile.ts';
import { flameSvg } from './svg.ts';

const call = (id: number, functionName: string, url: string, children: readonly number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 0 },
  children,
});

/** serve -> (handle -> parse, write), and rest; a sample each millisecond. */
const profile: CpuProfile = {
  nodes: [
    call(1, '(root)', '', [2, 6]),
    call(2, 'serve', 'file:///x/workers/node/server.ts', [3, 5]),
    call(3, 'handle', 'file:///x/router/handle.ts', [4]),
    call(4, '<parse>', 'file:///x/node_modules/undici/lib/a.js'),
    call(5, '', 'node:net'),
    call(6, '(idle)', ''),
  ],
  startTime: 0,
  endTime: 5000,
  samples: [4, 3, 5, 6, 4],
  timeDeltas: [1000, 1000, 1000, 1000, 1000],
};

test('time goes to who ran and to all that called it, rest left out', () => {
  const root = foldProfile(profile);
  expect(root.time).toBe(4000);
  const serve = root.calls.get('serve workers/node/server.ts');
  expect(serve?.time).toBe(4000);
  const handle = serve?.calls.get('handle router/handle.ts');
  expect([handle?.time, handle?.calls.get('<parse> undici')?.time]).toEqual([3000, 2000]);
  expect(serve?.calls.get('(anonymous) node:net')?.time).toBe(1000);
});

test('only samples of the window count', () => expect(foldProfile(profile, [1.5, 3.5]).time).toBe(2000));

test('time of their own is without what was called, put together by owner', () => {
  const own = selfTimes(foldProfile(profile), (frame) => ownerOf(frame).name);
  expect(Object.fromEntries(own)).toEqual({ workers: 0, router: 1000, undici: 2000, runtime: 1000 });
});

test.each([
  ['file:///x/snapshot/read.ts', 'snapshot/read.ts', 'router'],
  ['/x/workers/bun/router.ts', 'workers/bun/router.ts', 'workers'],
  ['../../router/handle.ts', 'router/handle.ts', 'router'],
  ['file:///x/node_modules/@a/b/router/c.js', '@a/b', 'runtime'],
  ['ext:deno_fetch/26_fetch.js', 'ext:deno_fetch', 'runtime'],
  ['node-internal:internal_http', 'node-internal:internal_http', 'runtime'],
  ['', '', 'runtime'],
])('a function of %s stands in %s and is of the %s', (url, place, owner) => {
  const nodes = [call(1, '(root)', '', [2]), call(2, 'run', url)];
  const [frame] = foldProfile({ ...profile, nodes, samples: [2], timeDeltas: [1000] }).calls.values();
  expect(frame && [frame.place, ownerOf(frame).name]).toEqual([place, owner]);
});

test('the collector is an owner by its name', () =>
  expect(ownerOf({ name: '(garbage collector)', place: '' }).name).toBe('collector'));

test('the graph names its frames, escapes them, and leaves out what is too narrow', () => {
  const root = foldProfile(profile);
  root.calls.set('small ', { name: 'small', place: '', time: 1, calls: new Map() });
  const svg = flameSvg(root, 'a & b');
  expect(svg).toContain('&lt;parse&gt; undici 50.0 %');
  expect(svg).toContain('a &amp; b');
  expect(svg).not.toContain('small');
});

test('a profile of nothing but rest is an empty graph', () => {
  expect(flameSvg(foldProfile({ ...profile, samples: [6], timeDeltas: [1000] }), 'rest')).toContain('</svg>');
});
