import { expect, test } from 'vitest';
import { runCommandLine } from './application.ts';
import { fakeContext } from './context.fake.ts';

const HELD = { pending: 'p-1', expiresAt: Date.UTC(2026, 10, 24) };
const MESH = '/v1/namespaces/_/MeshConfig.gossamer.mesh/mesh';
const DOCUMENT = 'apiVersion: gossamer.mesh/v1\nkind: MeshConfig\nmetadata: { name: mesh }\nspec: {}\n';

async function gossamer(line: string) {
  const store = {
    'POST /v1/apply': [202, { revision: 1, generation: 1, results: [], diagnostics: [], ...HELD }],
    'POST /v1/keys/rotate': [202, HELD],
    'POST /v1/keys/k1/revoke': [202, HELD],
    [`GET ${MESH}`]: [200, {}],
    [`DELETE ${MESH}`]: [202, { revision: 1, ...HELD }],
  } as const;
  const context = fakeContext({ store, stdin: DOCUMENT });
  return Object.assign(context, { code: await runCommandLine(line.split(' '), context) });
}

const CHANGES = [
  ['apply -f -', 'nothing is applied yet', ''],
  ['keys rotate manifest', 'no manifest key is made yet', ''],
  ['keys revoke k1', 'k1 is not revoked yet', ''],
  [
    'delete MeshConfig mesh -n _',
    'meshconfig.gossamer.mesh/mesh is not deleted yet',
    'meshconfig.gossamer.mesh/mesh held\n',
  ],
  ['delete -f -', 'meshconfig.gossamer.mesh/mesh is not deleted yet', 'meshconfig.gossamer.mesh/mesh held\n'],
] as const;

test.each(CHANGES)(
  '%s that waits for a second person ends with 1 and says who has to do what',
  async (line, what, out) => {
    const run = await gossamer(line);
    expect([run.code, run.out()]).toEqual([1, out]);
    expect(run.err()).toContain(`gossamer: ${what}: `);
    expect(run.err()).toContain('until 2026-11-24T00:00:00.000Z\nThey run: gossamer approve p-1\n');
  },
);

test.each(CHANGES)('%s --json prints what is held as one document, and ends with 1 too', async (line) => {
  const run = await gossamer(`${line} --json`);
  const { results, ...answer } = JSON.parse(run.out());
  expect([run.code, line.startsWith('delete') ? results[0] : answer]).toEqual([1, expect.objectContaining(HELD)]);
  expect(run.err()).toContain('gossamer approve p-1');
});

test('a dry run ends with 0 and says that it would wait, and for the sake of what', async () => {
  const answer = { revision: 1, generation: 1, results: [], diagnostics: [], wouldWait: ['MeshConfig.access'] };
  const context = fakeContext({ store: { 'POST /v1/apply?dryRun=true': [200, answer] }, stdin: DOCUMENT });
  expect(await runCommandLine(['apply', '-f', '-', '--dry-run'], context)).toBe(0);
  expect(context.out()).toContain('would wait until somebody else approves it: it changes MeshConfig.access\n');
});
