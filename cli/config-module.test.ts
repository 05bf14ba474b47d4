import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommandLine } from './application.ts';
import { type FakeContext, fakeContext } from './context.fake.ts';

const cwd = mkdtempSync(join(tmpdir(), 'gossamer-config-'));
afterAll(() => rmSync(cwd, { recursive: true }));
let count = 0;

const cart = `{ apiVersion: 'gossamer.mesh/v1', kind: 'Workload', metadata: { name: 'cart' } }`;
const applied = [200, { revision: 4, results: [], diagnostics: [] }] as const;

/** Applies a config file with this text. */
async function apply(text: string, answer: readonly [number, unknown] = applied, more = ''): Promise<FakeContext> {
  const file = `mesh-${count++}.config.mjs`;
  writeFileSync(join(cwd, file), text);
  const context = fakeContext({
    cwd,
    store: { 'POST /v1/apply': answer },
    stdin: 'apiVersion: v1\nkind: Namespace\nmetadata: { name: x }',
  });
  context.outcome = await runCommandLine(['apply', '-f', file, ...more.split(' ').filter(Boolean)], context);
  return context;
}

const sentNames = (context: FakeContext): string[] =>
  (context.sent[0]!.body as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

test.each([
  ['a document', cart],
  ['a list', `[${cart}]`],
  ['a mesh', `{ toDocuments: () => [${cart}] }`],
  ['a list of meshes', `[{ toDocuments: () => [${cart}] }, []]`],
])('%s is applied', async (_, exported) => {
  const context = await apply(`export default ${exported};`);
  expect([context.outcome, sentNames(context)]).toEqual([0, ['cart']]);
});

test('it goes with other files', async () => {
  expect(sentNames(await apply(`export default ${cart};`, applied, '-f -'))).toEqual(['cart', 'x']);
});

test.each([
  ['export const a = 1;', 'has no default export', 'export default defineMesh({ ... })'],
  ['export default 3;', 'exports a number, which is no document', 'export default defineMesh'],
  ['export default null;', 'exports null,', 'export default defineMesh'],
  ['export default () => {};', 'exports a function,', 'export default defineMesh'],
  ['export default {};', 'exports an object without apiVersion and kind,', 'export default defineMesh'],
  ['export default Promise.resolve([]);', 'exports a promise,', 'export default await'],
  [`export default [${cart}, 4];`, 'exports a list whose entry 1 is a number,', 'export default defineMesh'],
  [`export default { toDocuments() { throw new Error('boom'); } };`, 'failed: boom', 'Node runs the file'],
  [`throw new Error('boom');`, 'failed: boom', 'Node runs the file'],
])('%s: it %s', async (text, message, next) => {
  const context = await apply(text);
  expect([context.outcome, context.sent]).toEqual([1, []]);
  expect(context.err()).toMatch(/^gossamer: mesh-\d+\.config\.mjs/);
  expect(context.err()).toContain(message);
  expect(context.err()).toContain(next);
});

test('the line that failed is named', async () => {
  const context = fakeContext({ cwd });
  const failing = { ...context, importModule: (url: string) => Promise.reject(failure(url)) };
  writeFileSync(join(cwd, 'mesh.config.ts'), '');
  await runCommandLine(['apply', '-f', 'mesh.config.ts'], failing);
  expect(context.err()).toContain('mesh.config.ts:12 failed: boom');
});

const failure = (url: string): Error =>
  Object.assign(new Error('boom'), { stack: `Error: boom\n    at f (node:x:1:1)\n    at ${url}:12:7` });

test('findings name the document and the place, and no line', async () => {
  const context = await apply(`export default [${cart.replace('} }', '}, sepc: {} }')}];`);
  expect(context.err()).toMatch(
    /^mesh-\d+\.config\.mjs: error: Workload cart sepc: .*did you mean "spec".* \[unknown-field\]/,
  );
});

test('so do those of the store', async () => {
  const diagnostics = [
    { severity: 'error', code: 'bad', message: 'no', resource: 'Workload default/cart', path: 'spec' },
  ];
  const context = await apply(`export default ${cart};`, [422, { code: 'documents_invalid', diagnostics }]);
  expect(context.err()).toMatch(/^mesh-\d+\.config\.mjs: error: Workload default\/cart spec: no \[bad\]/);
});

test('a document that is there twice is told without a line', async () => {
  expect((await apply(`export default [${cart}, ${cart}];`)).err()).toContain('stands in this text twice: remove one');
});

test('a program that lies in a folder is not run', async () => {
  writeFileSync(join(cwd, 'trap.config.mjs'), `throw new Error('was run');`);
  const context = fakeContext({ cwd, store: {} });
  expect(await runCommandLine(['apply', '-f', '.'], context)).toBe(1);
  expect(context.err()).toContain('there is no document in .');
});

test.each(['dev -f', 'serve policy-store -f'])('%s says how a config file is applied', async (line) => {
  const context = fakeContext({ cwd });
  expect(await runCommandLine([...line.split(' '), 'mesh.config.ts'], context)).toBe(2);
  expect([context.err(), context.replaced]).toEqual([expect.stringContaining('gossamer apply -f mesh.config.ts'), []]);
});
