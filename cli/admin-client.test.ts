import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AdminClient } from './admin-client.ts';
import { fakeContext } from './context.fake.ts';

test('the token of the environment opens the store', async () => {
  const context = fakeContext({ store: { 'GET /v1/routers': [200, { routers: [] }] } });
  const client = await AdminClient.connect(context, {});
  expect(await client.get('/v1/routers')).toEqual({ routers: [] });
  expect(context.sent[0]?.authorization).toBe('Bearer secret');
});

test('a token file that is named goes before the environment', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'gossamer-cli-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, 'token'), 'from-file\n');
  const context = fakeContext({ cwd, store: { 'GET /x': [200, {}] } });
  await (await AdminClient.connect(context, { tokenFile: 'token' })).get('/x');
  expect(context.sent[0]?.authorization).toBe('Bearer from-file');
});

test('without any token it says where one is', async () => {
  const context = fakeContext({ env: { GOSSAMER_ADMIN_TOKEN: '' } });
  await expect(AdminClient.connect(context, {})).rejects.toMatchObject({
    code: 'no_admin_token',
    next: expect.stringContaining('gossamer dev'),
  });
});

test('a store that does not answer is named, with what to start', async () => {
  const client = await AdminClient.connect(fakeContext(), { admin: 'http://127.0.0.1:9/' });
  await expect(client.get('/x')).rejects.toMatchObject({
    code: 'store_unreachable',
    message: expect.stringContaining('http://127.0.0.1:9 (fetch failed: connect ECONNREFUSED)'),
    next: expect.stringContaining('gossamer dev'),
  });
});

test.each([
  [401, {}, 'token_refused'],
  [409, { title: 'Conflict', code: 'conflict', detail: 'version 3 is stored' }, 'conflict'],
  [500, 'no json', 'http_500'],
])('an answer %s becomes an error', async (status, body, code) => {
  const client = await AdminClient.connect(fakeContext({ store: { 'GET /x': [status, body] } }), {});
  await expect(client.get('/x')).rejects.toMatchObject({ code });
});

test('the token stands in no error', async () => {
  const client = await AdminClient.connect(fakeContext({ store: { 'GET /x': [401, {}] } }), {});
  await expect(client.get('/x')).rejects.toSatisfy((error: Error) => !JSON.stringify(error).includes('secret'));
});

test('an address that is none is a usage error', async () => {
  await expect(AdminClient.connect(fakeContext(), { admin: 'localhost:8082' })).rejects.toMatchObject({ exitCode: 2 });
});
