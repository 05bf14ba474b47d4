import { expect, test } from 'vitest';
import { type CpuProfile, foldProfile } from './profile.ts';
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
