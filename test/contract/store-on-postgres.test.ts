import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openPostgres } from '../../policy-store/db/postgres.ts';
import { createPolicyStore } from '../../policy-store/index.ts';
import { accessContract } from './access-contract.ts';
import { apiContract } from './api-contract.ts';
import { approvalContract } from './approval-contract.ts';
import { documentContract } from './document-contract.ts';
import { enrolmentContract } from './enrolment-contract.ts';
import { identityContract } from './identity-contract.ts';
import { issuerKeyContract } from './issuer-key-contract.ts';
import { keyContract } from './key-contract.ts';
import type { TestPostgres } from './postgres.ts';
import { startPostgres } from './postgres.ts';
import { sealingContract } from './sealing-contract.ts';
import { snapshotContract } from './snapshot-contract.ts';
import type { TestStore } from './store-harness.ts';
import { openStore, outcomes, ROUTER_TOKEN, service, summaryOf, testOptions, testPorts } from './store-harness.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

const place = { fresh: async () => openPostgres(await server.freshUrl()) };

describe('documents on Postgres', () => documentContract(place));
describe('snapshots on Postgres', () => snapshotContract(place));
describe('identity on Postgres', () => identityContract(place));
describe('enrolment on Postgres', () => enrolmentContract(place));
describe('signing keys on Postgres', () => keyContract(place));
describe('keys of issuers on Postgres', () => issuerKeyContract(place));
describe('admin API on Postgres', () => apiContract(place));
describe('access on Postgres', () => accessContract(place));
describe('approvals on Postgres', () => approvalContract(place));
describe('sealing on Postgres', () => sealingContract(place));

describe('two stores on one Postgres', () => {
  let one: TestStore;
  let two: TestStore;
  beforeAll(async () => {
    const url = await server.freshUrl();
    // Both find an empty database at the same moment: one migrates and makes the keys, the other uses them.
    [one, two] = await Promise.all([openStore(await openPostgres(url)), openStore(await openPostgres(url))]);
  });
  afterAll(() => Promise.all([one?.store.close(), two?.store.close()]));

  const poll = (store: TestStore, held: number, wait: string, id = 'r1') =>
    store.ask('GET', `/v1/snapshot/manifest?wait=${wait}`, {
      token: ROUTER_TOKEN,
      headers: { 'if-none-match': `"${held}"`, 'gossamer-router-id': id, 'gossamer-router-role': 'router' },
    });

  test('they sign with the same keys and serve the same snapshot', async () => {
    expect(await one.store.manifestKeys()).toEqual(await two.store.manifestKeys());
    expect((await one.manifest()).jws).toBe((await two.manifest()).jws);
  });

  test('what one applied the other has', async () => {
    await one.apply(service('a'));
    expect((await two.ask('GET', '/v1/namespaces/shop/Service/a')).status).toBe(200);
    expect(outcomes(await two.apply(service('a', 9002)))).toEqual(['a configured']);
    expect((await one.ask('GET', '/v1/namespaces/shop/Service/a')).body.spec.endpoints[0].url).toContain('9002');
    expect((await one.manifest()).jws).toBe((await two.manifest()).jws);
  });

  test('applies on both at the same time take turns and lose nothing', async () => {
    const before = (await one.manifest()).revision;
    const answers = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((i) => [one, two][i % 2]!.apply(service(`s${i}`))));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(answers.map(({ body }) => body.revision).sort((a, b) => a - b)).toEqual(
      answers.map((_, i) => before + i + 1),
    );
    const { body } = await one.ask('GET', '/v1/namespaces/shop/services');
    expect(body.items).toHaveLength(9);
    expect((await two.ask('GET', '/v1/namespaces/shop/services')).body).toEqual(body);
  });

  test('a long poll at one answers when the other applied', async () => {
    const { generation } = await one.manifest();
    const waiting = poll(two, generation, '60s');
    await one.apply(service('elsewhere'));
    expect(summaryOf((await waiting).text).generation).toBe(generation + 1);
  });

  test('an apply at one waits for the router of the other', async () => {
    const { generation } = await one.manifest();
    await poll(two, generation, '0s');
    const applied = one.apply(service('awaited'), '?wait=60s');
    const { text } = await poll(two, generation, '60s');
    await poll(two, summaryOf(text).generation, '0s');
    expect((await applied).body).toMatchObject({ waited: true });
  });
});

describe('a Postgres that does not answer', () => {
  const start = async (url: string) => createPolicyStore(testPorts(), { ...(await testOptions()), database: { url } });

  test('nothing listens: host and port, what to do, no password', async () => {
    const started = start('postgres://me:s3cret@127.0.0.1:1/mesh');
    await expect(started).rejects.toThrow(
      'Cannot use the database at 127.0.0.1:1/mesh (ECONNREFUSED): nothing listens there.',
    );
    await expect(started).rejects.not.toThrow('s3cret');
  });

  test('a wrong password and a database that is not there', async () => {
    const url = new URL(await server.freshUrl());
    await expect(start(Object.assign(new URL(url), { pathname: '/nowhere' }).href)).rejects.toThrow('no such database');
  });

  test.each(['localhost:5432', 'mysql://a:s3cret@b/c', 'postgres//s3cret'])('%s is no URL of Postgres', async (url) => {
    await expect(start(url)).rejects.toThrow('not of the form postgres://');
    await expect(start(url)).rejects.not.toThrow('s3cret');
  });

  test('a database that goes away is 503, and works again when it is back', async () => {
    const url = await server.freshUrl();
    const mesh = await openStore(await openPostgres(url));
    const { default: postgres } = await import('postgres');
    const admin = postgres(url, { max: 1, onnotice: () => {} });
    const name = new URL(url).pathname.slice(1);
    const others = `from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`;
    const waiting = mesh.ask('GET', '/readyz');
    await admin.unsafe(`select pg_terminate_backend(pid) ${others}`);
    await waiting;
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await mesh.apply(service(`s${i}`))).status);
    expect(statuses.at(-1)).toBe(200);
    for (const status of statuses) expect([200, 503]).toContain(status);
    await admin.end();
    await mesh.store.close();
  });

  test.each([
    ['asks on', true],
    ['only ends', false],
  ])('a transaction that loses its connection and then %s fails by itself alone', async (_, asks) => {
    const url = await server.freshUrl();
    const database = await openPostgres(url);
    const { default: postgres } = await import('postgres');
    const admin = postgres(url, { max: 1, onnotice: () => {} });
    const lost = database.write(async (session) => {
      const [{ pid } = {}] = (await session.execute(sql`select pg_backend_pid() as pid`)) as { pid?: number }[];
      await admin`select pg_terminate_backend(${pid as number})`;
      await vi.waitFor(async () => {
        expect(await admin`select 1 from pg_stat_activity where pid = ${pid as number}`).toHaveLength(0);
      });
      // The word of it has to come through the socket, too.
      await admin`select pg_sleep(0.05)`;
      if (asks) await session.execute(sql`select 1`);
    });
    await expect(lost).rejects.toMatchObject({ code: 'database_unavailable' });
    await database.write((session) => session.execute(sql`select 1`));
    await admin.end();
    await database.close();
  });
});
