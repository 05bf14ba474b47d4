import { expect, test } from 'vitest';
import { runCommandLine } from '../application.ts';
import { fakeContext } from '../context.fake.ts';

type Store = NonNullable<Parameters<typeof fakeContext>[0]>['store'];

async function gossamer(line: string, store: NonNullable<Store>) {
  const context = fakeContext({ store });
  return Object.assign(context, { code: await runCommandLine(line.split(' '), context) });
}

const ITEM = {
  id: 'p-1',
  at: 1,
  expiresAt: Date.UTC(2026, 10, 24),
  actor: 'spiffe://a/b',
  action: 'apply',
  detail: { anchors: ['MeshConfig.access'] },
};

test.each(['approvals', 'approvals list'])('%s shows what waits and who asked', async (line) => {
  const run = await gossamer(line, { 'GET /v1/approvals': [200, { items: [ITEM] }] });
  expect([run.code, run.out()]).toEqual([
    0,
    expect.stringMatching(/p-1 +apply +MeshConfig.access +spiffe:..a.b +2026/),
  ]);
});

test('approve lets it happen', async () => {
  const store = { 'POST /v1/approvals/p-1': [200, { approved: 'p-1', generation: 7 }] } as const;
  expect((await gossamer('approve p-1', store)).out()).toBe('approved p-1, generation 7\n');
});

test.each([
  ['', 'withdrawn p-1\n'],
  [' --json', expect.stringContaining('"withdrawn": "p-1"')],
])('approvals withdraw%s takes it back', async (flag, out) => {
  const run = await gossamer(`approvals withdraw p-1${flag}`, { 'DELETE /v1/approvals/p-1': [200, undefined] });
  expect([run.code, run.out()]).toEqual([0, out]);
});

test('a withdrawal that is refused ends with 1 and says why', async () => {
  const problem = { title: 'Forbidden', code: 'forbidden', detail: 'Only who asked.' };
  const run = await gossamer('approvals withdraw p-1', { 'DELETE /v1/approvals/p-1': [403, problem] });
  expect([run.code, run.err()]).toEqual([1, 'gossamer: Only who asked.\n']);
});
