import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../policy-store/db/database.ts';
import { LOGIN, type Login, login } from './admin-callers.ts';
import type { Answer, Place, TestStore } from './store-harness.ts';
import { documents, openStore, testPorts, workload } from './store-harness.ts';

const config = (...bindings: readonly string[]): string => `
apiVersion: gossamer.mesh/v1
kind: MeshConfig
metadata: { name: mesh }
spec:
  issuers: [{ issuer: "${LOGIN}" }]
  access: [${bindings.join(', ')}]
`;
const bind = (role: string, sub: string): string =>
  `{ role: ${role}, oidc: { issuer: "${LOGIN}", claims: { sub: ${sub} } } }`;
const TWO = [bind('admin', 'ada'), bind('admin', 'bob'), bind('key-admin', 'kim')];
const SECRET = `
apiVersion: v1
kind: Secret
metadata: { name: tls, namespace: shop }
type: kubernetes.io/tls
stringData: { tls.crt: hunter2, tls.key: hunter2 }
`;

/** Changes of trust anchors outside of dev mode: two people, or nobody else there to ask. */
export function approvalContract(place: Place): void {
  let idp: Login;
  let database: Database;
  let mesh: TestStore;
  let tokens: Record<'ada' | 'bob' | 'kim', string>;
  beforeAll(async () => {
    idp = await login();
    const token = (sub: string) => idp.token({ sub }, { exp: Date.parse('2026-11-25T10:00:00Z') / 1000 });
    tokens = { ada: await token('ada'), bob: await token('bob'), kim: await token('kim') };
  });
  beforeEach(async () => {
    database = await place.fresh();
    mesh = await openStore(database, testPorts({ outside: idp.outside }), { devMode: false });
    expect((await mesh.apply(config(...TWO))).status).toBe(200);
    return () => mesh.store.close();
  });

  type Who = keyof typeof tokens;
  const apply = (who: Who, body: string, query = '') =>
    mesh.ask('POST', `/v1/apply${query}`, { token: tokens[who], body, type: 'application/yaml' });
  const approve = (who: Who, { body }: Answer) =>
    mesh.ask('POST', `/v1/approvals/${body.pending}`, { token: tokens[who] });
  const roles = async () => (await mesh.ask('GET', '/v1/namespaces/_/MeshConfig/mesh')).body.spec.access.length;
  const audit = async () => (await mesh.ask('GET', '/v1/audit?limit=500')).body.items;

  test('a change of trust waits, and somebody else lets it happen', async () => {
    const held = await apply('ada', documents(config(...TWO, bind('admin', 'eve')), workload('a')));
    expect(held).toMatchObject({ status: 202, body: { revision: 1 } });
    expect([await roles(), (await mesh.ask('GET', '/v1/namespaces/shop/Workload/a')).status]).toEqual([3, 404]);
    const { items } = (await mesh.ask('GET', '/v1/approvals')).body;
    expect(items).toMatchObject([{ id: held.body.pending, actor: `oidc:${LOGIN}#ada`, action: 'apply' }]);
    expect(items[0].detail).toMatchObject({ anchors: ['MeshConfig.access'], changed: 2 });
    expect((await approve('bob', held)).status).toBe(200);
    expect([await roles(), (await mesh.ask('GET', '/v1/namespaces/shop/Workload/a')).status]).toEqual([4, 200]);
    expect((await audit()).slice(-3)).toMatchObject([
      { action: 'hold', actor: `oidc:${LOGIN}#ada` },
      { action: 'approval-approved', actor: `oidc:${LOGIN}#bob` },
      { action: 'apply', actor: `oidc:${LOGIN}#ada`, detail: { approvedBy: `oidc:${LOGIN}#bob` } },
    ]);
    expect((await approve('bob', held)).status).toBe(404);
  });

  test('not by the same person, and not by one who could not do it himself', async () => {
    const held = await apply('ada', config(bind('admin', 'ada')));
    expect([(await approve('ada', held)).status, (await approve('kim', held)).status]).toEqual([403, 403]);
    expect(await roles()).toBe(3);
  });

  test('what changed meanwhile is refused, and waits no longer', async () => {
    const held = await apply('ada', config(...TWO, bind('admin', 'eve')));
    const rewritten = await apply('bob', `${config(...TWO)}  domain: other\n`);
    expect(rewritten.status).toBe(200);
    expect(await approve('bob', held)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await approve('bob', held)).status).toBe(404);
    expect(await roles()).toBe(3);
  });

  test('two approvals at the same time carry it out once', async () => {
    const held = await apply('ada', config(...TWO, bind('viewer', 'eve'), bind('admin', 'eve')));
    const answers = await Promise.all([approve('bob', held), approve('bob', held), approve('bob', held)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await audit()).filter(({ action }: { action: string }) => action === 'apply')).toHaveLength(2);
  });

  test('after a day, and once withdrawn, there is nothing to approve', async () => {
    const held = await apply('ada', config());
    const other = await apply('ada', config(bind('admin', 'eve')));
    const path = `/v1/approvals/${other.body.pending}`;
    expect((await mesh.ask('DELETE', path, { token: tokens.ada })).status).toBe(204);
    mesh.ports.time.now += 24 * 3_600_000;
    expect((await mesh.ask('GET', '/v1/approvals')).body.items).toEqual([]);
    expect([(await approve('bob', held)).status, (await approve('bob', other)).status]).toEqual([404, 404]);
  });

  test('only who asked withdraws it, or an admin', async () => {
    const body = JSON.stringify({ class: 'manifest' });
    const rotate = (who: Who) =>
      mesh.ask('POST', '/v1/keys/rotate', { token: tokens[who], body, type: 'application/json' });
    const withdraw = (who: Who, { body: { pending } }: Answer) =>
      mesh.ask('DELETE', `/v1/approvals/${pending}`, { token: tokens[who] });
    const [adas, kims, other] = [await rotate('ada'), await rotate('kim'), await rotate('kim')];
    expect(await withdraw('kim', adas)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const ends = [await withdraw('bob', adas), await withdraw('kim', kims), await withdraw('kim', kims)];
    expect(ends.map(({ status }) => status)).toEqual([204, 204, 404]);
    expect((await approve('bob', other)).status).toBe(200);
    expect((await withdraw('kim', other)).status).toBe(404);
    expect((await audit()).filter(({ action }: { action: string }) => action === 'approval-withdrawn')).toMatchObject([
      { actor: `oidc:${LOGIN}#bob`, subject: `approval ${adas.body.pending}` },
      { actor: `oidc:${LOGIN}#kim`, subject: `approval ${kims.body.pending}` },
    ]);
  });

  test.each([
    ['--prune', () => apply('ada', workload('a'), '?prune=true')],
    ['DELETE', () => mesh.ask('DELETE', '/v1/namespaces/_/MeshConfig/mesh', { token: tokens.ada })],
    ['another trust domain', () => apply('ada', `${config(...TWO)}  trustDomain: evil.test\n`)],
    ['other issuers', () => apply('ada', config(...TWO).replace('issuers: [', 'issuers: [{ issuer: "https://a.b" },'))],
  ])('by way of %s it waits too', async (_, change) => {
    expect((await change()).status).toBe(202);
  });

  test('what is not a matter of trust does not wait', async () => {
    expect((await apply('ada', `${config(...TWO, bind('viewer', 'eve'))}  domain: other\n`)).status).toBe(200);
  });

  test('a dry run never waits, and says what would', async () => {
    const held = await apply('ada', config(), '?dryRun=true');
    expect(held).toMatchObject({ status: 200, body: { revision: 1, wouldWait: ['MeshConfig.access'] } });
    const path = '/v1/namespaces/_/MeshConfig/mesh?dryRun=true';
    const deleted = await mesh.ask('DELETE', path, { token: tokens.ada });
    expect(deleted.body.wouldWait).toEqual(['MeshConfig.issuers', 'MeshConfig.access']);
    expect((await apply('ada', workload('a'), '?dryRun=true')).body).not.toHaveProperty('wouldWait');
    expect([(await mesh.ask('GET', '/v1/approvals')).body.items, await roles()]).toEqual([[], 3]);
  });

  test('manifest keys wait for an admin or a key-admin', async () => {
    const rotate = (cls: string) =>
      mesh.ask('POST', '/v1/keys/rotate', {
        token: tokens.ada,
        body: JSON.stringify({ class: cls }),
        type: 'application/json',
      });
    const held = await rotate('manifest');
    expect([(await rotate('wit')).status, held.status]).toEqual([200, 202]);
    expect((await approve('kim', held)).status).toBe(200);
  });

  test('the kill switch is no way around: a manifest key is revoked by its own door', async () => {
    const { keys } = (await mesh.ask('GET', '/v1/keys')).body;
    const { kid } = keys.find((key: { class: string; state: string }) => key.class === 'manifest');
    const by = { token: tokens.kim, type: 'application/json' };
    const straight = await mesh.ask('POST', '/v1/revocations', { ...by, body: JSON.stringify({ kids: [kid] }) });
    expect(straight).toMatchObject({ status: 400, body: { code: 'request_invalid' } });
    expect((await mesh.ask('POST', `/v1/keys/${kid}/revoke`, by)).status).toBe(202);
    expect((await mesh.manifest()).payload.revocations.kids).toEqual([]);
  });

  test('a key does not join a workload that is admin', async () => {
    await mesh.apply(workload('ops'));
    const bound = '{ role: admin, workload: spiffe://mesh.local/ns/shop/sa/ops }';
    await approve('bob', await apply('ada', config(...TWO, bound)));
    const body = JSON.stringify({ namespace: 'shop', workload: 'ops' });
    const ask = { token: tokens.ada, body, type: 'application/json' };
    expect(await mesh.ask('POST', '/v1/join-tokens', ask)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await apply('ada', workload('ops', '{ keys: [] }'))).status).toBe(202);
  });

  test('with nobody else to ask it happens at once, and the log says so', async () => {
    const alone = config(bind('admin', 'ada'));
    const held = await apply('ada', alone);
    await approve('bob', held);
    expect((await apply('ada', config(), '?dryRun=true')).body).not.toHaveProperty('wouldWait');
    expect((await apply('ada', config(bind('admin', 'ada'), bind('admin', 'bob')))).status).toBe(200);
    expect((await audit()).at(-1)).toMatchObject({
      detail: { anchors: ['MeshConfig.access'], withoutApproval: 'nobody else is bound to a role that could approve' },
    });
  });

  test('what waits is append-only, and tells no Secret', async () => {
    await apply('ada', documents(config(), SECRET));
    const rows = await database.read((session) => session.execute(sql`select * from gossamer.approval_events`));
    const text = JSON.stringify(rows) + (await mesh.ask('GET', '/v1/approvals')).text + JSON.stringify(await audit());
    expect(text).toContain('sealed-1.');
    expect(text).not.toContain('hunter2');
    for (const statement of [
      'delete from gossamer.approval_events',
      `update gossamer.approval_events set actor = 'x'`,
    ]) {
      const run = database.write((session) => session.execute(sql.raw(statement)));
      await expect(run).rejects.toThrow('P0001');
    }
  });
}
