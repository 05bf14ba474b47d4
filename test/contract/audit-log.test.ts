import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../policy-store/db/database.ts';
import { openPglite } from '../../policy-store/db/pglite.ts';
import { openStore, service, type TestStore } from './store-harness.ts';

let database: Database;
let mesh: TestStore;
beforeAll(async () => {
  database = await openPglite('memory');
  mesh = await openStore(database);
  await mesh.apply(service('a'));
  await mesh.ask('POST', '/v1/revocations', { body: '{"kids":["k"]}', type: 'application/json' });
  await mesh.ask('DELETE', '/v1/namespaces/shop/Service/a');
});
afterAll(() => mesh.store.close());

const run = (text: string) => database.write((session) => session.execute(sql.raw(text)));

test('who did what is written down, each entry bound to the one before', async () => {
  const rows = await database.read((session) =>
    session.select({ action: sql<string>`action` }).from(sql`gossamer.audit_log`),
  );
  expect(rows.map(({ action }) => action).slice(-3)).toEqual(['apply', 'revoke', 'delete']);
  expect((await mesh.ask('GET', '/v1/audit/verify')).body).toMatchObject({
    intact: true,
    head: { number: rows.length },
  });
});

test.each(['revisions', 'audit_log'])('%s is append-only', async (table) => {
  for (const statement of [
    `delete from gossamer.${table}`,
    `update gossamer.${table} set actor = 'x'`,
    `truncate gossamer.${table}`,
  ]) {
    await expect(run(statement)).rejects.toThrow('P0001');
  }
});

test('whoever gets around that is found out', async () => {
  await run('alter table gossamer.audit_log disable trigger all');
  await run(`update gossamer.audit_log set actor = 'somebody else' where number = 2`);
  const { body } = await mesh.ask('GET', '/v1/audit/verify');
  expect(body).toMatchObject({ intact: false, head: { number: 1 }, broken: { number: 2 } });
});

test('private keys are stored wrapped', async () => {
  const rows = await database.read((session) =>
    session.select({ key: sql<string>`private_key` }).from(sql`gossamer.signing_keys`),
  );
  expect(rows.length).toBeGreaterThan(2);
  for (const { key } of rows) expect(key).toMatch(/^a256gcm-1\./);
});
