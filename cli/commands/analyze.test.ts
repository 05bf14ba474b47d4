import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommandLine } from '../application.ts';
import { fakeContext } from '../context.fake.ts';

const cwd = mkdtempSync(join(tmpdir(), 'gossamer-analyze-'));
afterAll(() => rmSync(cwd, { recursive: true }));

const service = (name: string) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { endpoints: [{ url: 'http://127.0.0.1:1' }] },
});
const policy = (more: object) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name: 'orders', namespace: 'shop' },
  spec: { targetRefs: [{ kind: 'Service', name: 'orders' }], ...more },
});
const OPEN = policy({ rules: [{}] });
const CLOSED = policy({ action: 'DENY' });

async function analyze(args: readonly string[], stored: readonly object[] = [], file?: readonly object[]) {
  if (file !== undefined) writeFileSync(join(cwd, 'mesh.json'), JSON.stringify(file, null, 1));
  const context = fakeContext({ cwd, store: { 'GET /v1/resources': [200, { items: stored }] } });
  const code = await runCommandLine(['analyze', ...args], context);
  return { code, out: context.out(), err: context.err(), sent: context.sent.length };
}

test('without files the store is analysed', async () => {
  expect(await analyze([], [service('orders'), OPEN])).toMatchObject({ code: 0, out: '✔ Nothing found.\n' });
  const { code, out } = await analyze([], [service('orders'), CLOSED]);
  expect(code).toBe(1);
  expect(out).toContain('Error [GSM0102] (AuthorizationPolicy shop/orders) spec denies nothing');
  expect(out).toMatch(/See docs\/analyzer\/GSM0102\.md, docs\/analyzer\/GSM0105\.md\n$/);
});

test('messages of files have their line', async () => {
  const { code, out, sent } = await analyze(['-f', 'mesh.json', '--no-store'], [], [service('orders'), CLOSED]);
  expect([code, sent]).toEqual([1, 0]);
  expect(out).toContain('(AuthorizationPolicy shop/orders mesh.json:24:3) spec denies');
});

test('with files only what is in them, and what they bring about, is said', async () => {
  const stored = [service('orders'), service('stock'), OPEN];
  const { out } = await analyze(['-f', 'mesh.json'], stored, [CLOSED]);
  expect(out.match(/GSM\d+\] \([^)]*\)/g)).toEqual([
    expect.stringMatching(/^GSM0102\] \(AuthorizationPolicy shop\/orders mesh\.json:/),
    'GSM0105] (Service shop/orders)',
  ]);
  expect((await analyze(['-f', 'mesh.json', '--all'], stored, [CLOSED])).out).toContain('(Service shop/stock)');
});

test('what fails is the asker’s to say', async () => {
  const stored = [service('orders')];
  expect(await analyze([], stored)).toMatchObject({ code: 0 });
  expect(await analyze(['--failure-threshold', 'Warning'], stored)).toMatchObject({ code: 1 });
  const silenced = ['--failure-threshold', 'Info', '--suppress', 'GSM0105=Service shop/*'];
  expect(await analyze(silenced, stored)).toMatchObject({ code: 0, out: '✔ Nothing found.\n' });
});

test('the JSON has all of it', async () => {
  const { messages } = JSON.parse((await analyze(['--json'], [service('orders')])).out);
  expect(messages).toEqual([
    {
      ...{ code: 'GSM0105', name: 'NobodyMayCall', severity: 'Warning', docs: 'docs/analyzer/GSM0105.md' },
      resource: { apiVersion: 'gossamer.mesh/v1', kind: 'Service', metadata: { namespace: 'shop', name: 'orders' } },
      path: 'metadata.name',
      message: expect.stringContaining('nobody'),
    },
  ]);
});

test.each([
  [['--no-store'], '-f mesh.yaml'],
  [['--suppress', 'nonsense'], 'GSM0105=Service'],
  [['--failure-threshold', 'Fatal'], 'Fatal'],
])('%j is called wrongly', async (args, text) => {
  expect(await analyze(args)).toMatchObject({ code: 2, err: expect.stringContaining(text) });
});

test('--list needs no store', async () => {
  const { code, out, sent } = await analyze(['--list']);
  expect([code, sent]).toEqual([0, 0]);
  expect(out).toMatch(/^CODE +SEVERITY +NAME +LOOKS FOR\nGSM0001 +Error +NotAccepted/);
});
