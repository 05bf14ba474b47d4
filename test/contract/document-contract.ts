import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Place, TestStore } from './store-harness.ts';
import { documents, openStore, outcomes, service, workload } from './store-harness.ts';

/** Documents in and out: all or nothing, versions, history. */
export function documentContract(place: Place): void {
  let mesh: TestStore;
  beforeAll(async () => {
    mesh = await openStore(await place.fresh());
  });
  afterAll(() => mesh.store.close());
  beforeEach(async () => {
    await mesh.apply('', '?prune=true');
  });

  const revision = async () => (await mesh.manifest()).revision;
  const get = (kind: string, name: string) => mesh.ask('GET', `/v1/namespaces/shop/${kind}/${name}`);

  test('apply creates, configures and leaves alone, in the words of kubectl', async () => {
    const before = await revision();
    const first = await mesh.apply(documents(service('a'), service('b')));
    const second = await mesh.apply(documents(service('a', 9002), service('b'), workload('c')));
    expect(outcomes(first)).toEqual(['a created', 'b created']);
    expect(outcomes(second)).toEqual(['a configured', 'b unchanged', 'c created']);
    expect([first.body.revision, second.body.revision]).toEqual([before + 1, before + 2]);
  });

  test('an apply that changes nothing makes no revision and no generation', async () => {
    const first = await mesh.apply(service('a'));
    const again = await mesh.apply(service('a'));
    expect(again.body).toMatchObject({ revision: first.body.revision, generation: first.body.generation });
  });

  test('one wrong document refuses all, and nothing changes', async () => {
    const before = await mesh.manifest();
    const answer = await mesh.apply(documents(service('a'), workload('b', '{ kees: [] }')));
    expect(answer).toMatchObject({ status: 422, body: { code: 'documents_invalid', status: 422 } });
    expect(answer.body.diagnostics[0]).toMatchObject({ severity: 'error', resource: 'Workload shop/b', line: 13 });
    expect(answer.body.detail).toContain('Workload shop/b');
    expect((await get('Service', 'a')).status).toBe(404);
    expect((await mesh.manifest()).jws).toBe(before.jws);
  });

  test('what only the compiler sees refuses all too, with the line of the document', async () => {
    const bad = service('b').replace('http://127.0.0.1:9001', 'http://169.254.169.254');
    const answer = await mesh.apply(documents(service('a'), bad));
    expect(answer.status).toBe(422);
    expect(answer.body.diagnostics[0]).toMatchObject({ severity: 'error', resource: 'Service shop/b' });
    expect(answer.body.diagnostics[0].line).toBeGreaterThan(1);
    expect((await get('Service', 'a')).status).toBe(404);
  });

  test('a dry run says the same and changes nothing', async () => {
    await mesh.apply(service('a'));
    const before = await mesh.manifest();
    const answer = await mesh.apply(documents(service('b'), service('c')), '?dryRun=true&prune=true');
    expect(outcomes(answer)).toEqual(['b created', 'c created', 'a deleted']);
    expect(answer.body.revision).toBe(before.revision);
    expect((await mesh.manifest()).jws).toBe(before.jws);
    expect((await get('Service', 'b')).status).toBe(404);
    expect(outcomes(await mesh.apply(service('b')))).toEqual(['b created']);
  });

  test('prune leaves exactly the documents given', async () => {
    await mesh.apply(documents(service('a'), service('b'), workload('c')));
    expect(outcomes(await mesh.apply(service('b'), '?prune=true'))).toEqual(['b unchanged', 'a deleted', 'c deleted']);
    const { body } = await mesh.ask('GET', '/v1/resources');
    expect(body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['b']);
  });

  test('a document of an older resourceVersion is a conflict, and refuses all', async () => {
    await mesh.apply(service('a'));
    const { resourceVersion } = (await get('Service', 'a')).body.metadata;
    await mesh.apply(service('a', 9002));
    const stale = service('a', 9003).replace(
      'namespace: shop',
      `namespace: shop, resourceVersion: "${resourceVersion}"`,
    );
    const answer = await mesh.apply(documents(service('b'), stale));
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await get('Service', 'b')).status).toBe(404);
    expect((await get('Service', 'a')).body.spec.endpoints[0].url).toContain('9002');
  });

  test('a document comes back as it was written, with what the store added', async () => {
    await mesh.apply(workload('a', '{}', 'labels: { zeta: "1", a: "2" }, annotations: { note: "ü 😀" }'));
    const { body } = await get('workloads', 'a');
    expect(body).toMatchObject({ apiVersion: 'gossamer.mesh/v1', kind: 'Workload', spec: {} });
    expect(Object.keys(body.metadata.labels)).toEqual(['zeta', 'a']);
    expect(body.metadata).toMatchObject({ annotations: { note: 'ü 😀' }, generation: 1 });
    expect(body.metadata.resourceVersion).toBe(String(await revision()));
    expect(body.metadata.creationTimestamp).toBe('2026-11-23T10:00:00.000Z');
    expect(body.status.conditions).toContainEqual(expect.objectContaining({ type: 'Accepted', status: 'True' }));
  });

  test('put creates and replaces the one document of its path', async () => {
    const put = (name: string, body: string) =>
      mesh.ask('PUT', `/v1/namespaces/shop/Service/${name}`, { body, type: 'application/yaml' });
    expect(outcomes(await put('a', service('a')))).toEqual(['a created']);
    expect(outcomes(await put('a', service('a', 9002)))).toEqual(['a configured']);
    expect(await put('a', service('b'))).toMatchObject({ status: 400, body: { code: 'request_invalid' } });
    expect((await get('Service', 'b')).status).toBe(404);
  });

  test('delete takes out one document, once', async () => {
    await mesh.apply(documents(service('a'), service('b')));
    const remove = () => mesh.ask('DELETE', '/v1/namespaces/shop/service/a');
    expect(outcomes(await remove())).toEqual(['a deleted']);
    expect(await remove()).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await get('Service', 'b')).status).toBe(200);
  });

  test('where two groups have the kind, the one that is there is meant, and both need the group', async () => {
    await mesh.apply(service('a'));
    expect((await get('Service', 'a')).body.apiVersion).toBe('gossamer.mesh/v1');
    await mesh.apply(
      'apiVersion: v1\nkind: Service\nmetadata: { name: a, namespace: shop }\nspec: { ports: [{ port: 80 }] }',
    );
    expect(await get('Service', 'a')).toMatchObject({ status: 409, body: { code: 'kind_ambiguous' } });
    expect((await get('service.core', 'a')).body.apiVersion).toBe('v1');
    expect((await get('Service.gossamer.mesh', 'a')).body.apiVersion).toBe('gossamer.mesh/v1');
  });

  test('lists by kind and namespace', async () => {
    await mesh.apply(documents(service('b'), service('a'), workload('a')));
    const names = async (path: string) =>
      (await mesh.ask('GET', path)).body.items.map(
        (item: { kind: string; metadata: { name: string } }) => `${item.kind} ${item.metadata.name}`,
      );
    expect(await names('/v1/namespaces/shop/services')).toEqual(['Service a', 'Service b']);
    expect(await names('/v1/namespaces/elsewhere/services')).toEqual([]);
    expect(await names('/v1/resources?kind=workload&namespace=shop')).toEqual(['Workload a']);
    expect(await mesh.ask('GET', '/v1/resources?kind=wrkload')).toMatchObject({
      status: 404,
      body: { code: 'kind_unknown' },
    });
  });

  test('a document of the cluster is found whatever namespace the path names', async () => {
    await mesh.apply('apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { a: b } }');
    expect((await mesh.ask('GET', '/v1/namespaces/_/Namespace/shop')).body.metadata.labels).toEqual({ a: 'b' });
    expect((await mesh.ask('GET', '/v1/namespaces/_/namespaces')).body.items).toHaveLength(1);
  });

  test('history says what changed and by whom, newest first', async () => {
    await mesh.apply(documents(service('a'), service('b')));
    const { body: applied } = await mesh.apply(service('a', 9002));
    const { body: list } = await mesh.ask('GET', '/v1/revisions?limit=2');
    expect(list.items).toMatchObject([
      { revision: applied.revision, actor: 'bootstrap', summary: '1 configured' },
      { revision: applied.revision - 1, summary: '2 created' },
    ]);
    const { body } = await mesh.ask('GET', `/v1/revisions/${applied.revision}`);
    expect(body.changes).toMatchObject([
      {
        outcome: 'configured',
        key: 'gossamer.mesh/Service/shop/a',
        before: { spec: { endpoints: [{ url: 'http://127.0.0.1:9001' }] } },
        after: { spec: { endpoints: [{ url: 'http://127.0.0.1:9002' }] } },
      },
    ]);
    expect((await mesh.ask('GET', `/v1/revisions?before=${applied.revision}&limit=1`)).body.items).toHaveLength(1);
    expect((await mesh.ask('GET', '/v1/revisions/999999')).status).toBe(404);
  });

  test('applies at the same time take turns and lose nothing', async () => {
    const before = await revision();
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => mesh.apply(service(`s${i}`))));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ body }) => body.revision)).size).toBe(8);
    expect(await revision()).toBe(before + 8);
    expect((await mesh.ask('GET', '/v1/namespaces/shop/services')).body.items).toHaveLength(8);
  });

  test('of two who change the same version one gets a conflict', async () => {
    await mesh.apply(service('a'));
    const { resourceVersion } = (await get('Service', 'a')).body.metadata;
    const changed = (port: number) =>
      service('a', port).replace('namespace: shop', `namespace: shop, resourceVersion: "${resourceVersion}"`);
    const answers = await Promise.all([mesh.apply(changed(9002)), mesh.apply(changed(9003))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('JSON is taken as JSON: one document or an array', async () => {
    const document = (name: string) => ({
      apiVersion: 'gossamer.mesh/v1',
      kind: 'Workload',
      metadata: { name, namespace: 'shop' },
      spec: {},
    });
    const post = (value: unknown) =>
      mesh.ask('POST', '/v1/apply', { body: JSON.stringify(value), type: 'application/json; charset=utf-8' });
    expect(outcomes(await post(document('a')))).toEqual(['a created']);
    expect(outcomes(await post([document('a'), document('b')]))).toEqual(['a unchanged', 'b created']);
  });

  test.each([
    ['not YAML', 'a: [', 422],
    ['no document of the mesh', 'hello: world', 422],
    ['a number', '42', 422],
    ['an unknown kind', workload('a').replace('Workload', 'Wrkload'), 422],
    ['the same document twice', documents(workload('a'), workload('a')), 422],
    ['a name out of bounds', workload('UPPER'), 422],
    ['a NUL character', workload('a', '{}', 'annotations: { x: "a\\0b" }'), 422],
    ['half a surrogate pair', workload('a', '{}', 'annotations: { x: "\\ud800" }'), 422],
    [
      'a bomb of aliases',
      `a: &a [x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`)
        .join('\n')}`,
      422,
    ],
    ['a member of all objects', workload('a', '{ __proto__: { x: 1 } }'), 422],
  ])('garbage is refused and changes nothing: %s', async (_, text, status) => {
    const before = await mesh.manifest();
    const answer = await mesh.apply(text);
    expect(answer).toMatchObject({ status, body: { code: 'documents_invalid' } });
    expect(answer.body.diagnostics.length).toBeGreaterThan(0);
    expect((await mesh.manifest()).jws).toBe(before.jws);
  });
}
