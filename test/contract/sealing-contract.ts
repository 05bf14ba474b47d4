import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../policy-store/db/database.ts';
import { sealStoredSecrets } from '../../policy-store/repositories/upkeep.ts';
import { Vault } from '../../policy-store/sealing/vault.ts';
import type { Place, TestStore } from './store-harness.ts';
import { keyEncryptionKey, openStore } from './store-harness.ts';

const SECRET = `
apiVersion: v1
kind: Secret
metadata:
  name: tls
  namespace: shop
  annotations: { note: "hunter2 once more" }
type: kubernetes.io/tls
stringData: { tls.crt: hunter2-crt, tls.key: hunter2-key }
`;
const TABLES = ['resources', 'revisions', 'chunks', 'audit_log', 'manifests'];

/** What a copy of the database tells of Secrets: nothing. */
export function sealingContract(place: Place): void {
  let database: Database;
  let mesh: TestStore;
  beforeAll(async () => {
    database = await place.fresh();
    mesh = await openStore(database);
    await mesh.apply(SECRET);
  });
  afterAll(() => mesh.store.close());

  const run = (text: string) => database.write((session) => session.execute(sql.raw(text)));
  const everything = async () =>
    JSON.stringify(await Promise.all(TABLES.map((table) => run(`select t::text as row from gossamer.${table} t`))));
  const read = async () => (await mesh.ask('GET', '/v1/namespaces/shop/Secret/tls')).text;

  test('no table holds a value of a Secret, and its owner reads it as it was', async () => {
    expect(await everything()).not.toContain('hunter2');
    expect(await everything()).toContain('sealed-1.');
    for (const value of ['hunter2-crt', 'hunter2-key', 'once more']) expect(await read()).toContain(value);
    expect((await mesh.ask('GET', '/v1/revisions/1')).text).toContain('hunter2-key');
    expect((await mesh.apply(SECRET)).body.results).toMatchObject([{ outcome: 'unchanged' }]);
  });

  test('what an earlier version stored in clear is sealed at the next start, history included', async () => {
    const spec = `{"type":"kubernetes.io/tls","stringData":{"tls.key":"hunter2-key"}}`;
    const document = `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"tls","namespace":"shop"},"spec":${spec}}`;
    const change = `[{"outcome":"created","key":"/Secret/shop/tls","before":null,"after":${document}}]`;
    await run(`update gossamer.resources set spec = '${spec}' where kind = 'Secret'`);
    await run(`insert into gossamer.revisions values (0, now(), 'x', 'x', '${change}')`);
    await run(`insert into gossamer.chunks values ('${'a'.repeat(64)}', '{"kind":"gateway","key":"hunter2"}')`);
    await run('delete from gossamer.upkeep');
    expect(await everything()).toContain('hunter2');
    const vault = new Vault(await keyEncryptionKey());
    await database.alone((session) => sealStoredSecrets(session, vault, new Date()));
    expect(await everything()).not.toContain('hunter2');
    expect((await mesh.ask('GET', `/v1/snapshot/chunks/${'a'.repeat(64)}`)).text).toContain('hunter2');
    await expect(run('delete from gossamer.revisions')).rejects.toThrow('P0001');
  });
}
