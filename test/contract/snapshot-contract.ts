import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalJson, sha256 } from '../../snapshot/content.ts';
import type { Answer, Place, TestStore } from './store-harness.ts';
import { documents, openStore, ROUTER_TOKEN, service, summaryOf, workload } from './store-harness.ts';

/** What routers get: signed manifests, chunks by hash, long polls; and what the store knows of routers. */
export function snapshotContract(place: Place): void {
  let mesh: TestStore;
  beforeAll(async () => {
    mesh = await openStore(await place.fresh());
  });
  afterAll(() => mesh.store.close());

  const poll = (held: number | undefined, wait = '0s', id?: string, signal?: AbortSignal): Promise<Answer> =>
    mesh.ask('GET', `/v1/snapshot/manifest?wait=${wait}`, {
      token: ROUTER_TOKEN,
      headers: {
        ...(held !== undefined && { 'if-none-match': `"${held}"` }),
        ...(id !== undefined && {
          'gossamer-router-id': id,
          'gossamer-router-role': id.startsWith('g') ? 'gateway' : 'router',
          'gossamer-router-runtime': 'node',
        }),
      },
      ...(signal && { signal }),
    });
  /** Routers that were seen are of the past, for the tests that come after. */
  const forgetRouters = () => {
    mesh.ports.time.now += 31_000;
  };

  test('an empty store has a snapshot', async () => {
    const { payload } = await mesh.manifest();
    expect(payload).toMatchObject({ format: 1, revision: 0, generation: 1, mesh: { trustDomain: 'mesh.local' } });
  });

  test('every chunk that the manifest leads to is there, and is what its hash says', async () => {
    await mesh.apply(documents(service('orders'), service('payments')));
    const { payload } = await mesh.manifest();
    const buckets: string[] = payload.index.buckets.filter((hash: string | null) => hash !== null);
    const chunks = await Promise.all([payload.trustBundle, ...buckets].map((hash) => mesh.store.reader.chunk(hash)));
    expect(await Promise.all(chunks.map(sha256))).toEqual([payload.trustBundle, ...buckets]);
    const keys = chunks.slice(1).flatMap((text) => Object.entries<string>(JSON.parse(text)));
    expect(keys.map(([key]) => key).sort()).toEqual(['service/shop/orders', 'service/shop/payments']);
    const answer = await mesh.ask('GET', `/v1/snapshot/chunks/${keys[0]?.[1]}`, { token: ROUTER_TOKEN });
    expect(await sha256(answer.text)).toBe(keys[0]?.[1]);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(canonicalJson(answer.body)).toBe(answer.text);
  });

  test.each(['0'.repeat(64), 'x', '..%2f..%2fetc', 'A'.repeat(64)])('there is no chunk %s', async (hash) => {
    expect((await mesh.ask('GET', `/v1/snapshot/chunks/${hash}`)).status).toBe(404);
  });

  test('the manifest is signed by a key that can be pinned, and by no other', async () => {
    const [jwk] = await mesh.store.manifestKeys();
    expect(jwk).not.toHaveProperty('d');
    const [header = '', payload = '', signature = ''] = (await mesh.store.reader.manifest()).split('.');
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('jwk', { ...jwk, key_ops: ['verify'] }, algorithm, false, ['verify']);
    const verified = crypto.subtle.verify(
      algorithm,
      key,
      Buffer.from(signature, 'base64url'),
      Buffer.from(`${header}.${payload}`),
    );
    expect(await verified).toBe(true);
    expect((await mesh.ask('GET', '/v1/trust-bundle')).text).not.toContain(jwk?.x);
  });

  test('a router that holds the newest generation gets 304, any other gets it', async () => {
    const { generation, jws } = await mesh.manifest();
    expect(await poll(generation)).toMatchObject({ status: 304, text: '' });
    for (const held of [undefined, 0, generation - 1, generation + 1]) {
      const answer = await poll(held);
      expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([200, jws, `"${generation}"`]);
    }
  });

  test('a long poll answers as soon as there is a new generation', async () => {
    const { generation } = await mesh.manifest();
    const waiting = poll(generation, '60s');
    const { body } = await mesh.apply(service('fresh'));
    expect(summaryOf((await waiting).text)).toMatchObject({ revision: body.revision, generation: generation + 1 });
  });

  test('a router that goes away ends its poll', async () => {
    const request = new AbortController();
    const waiting = poll((await mesh.manifest()).generation, '60s', undefined, request.signal);
    request.abort();
    expect((await waiting).status).toBe(304);
  });

  test('the status of routers is what they hold', async () => {
    forgetRouters();
    const { generation, revision } = await mesh.manifest();
    await poll(generation, '0s', 'r1');
    await poll(generation - 1, '0s', 'g1');
    await poll(undefined, '0s', 'r2');
    const { body } = await mesh.ask('GET', '/v1/routers');
    expect(body.routers).toMatchObject([
      { id: 'g1', role: 'gateway', generation: generation - 1, synced: false },
      { id: 'r1', role: 'router', runtime: 'node', generation, revision, lastSeen: mesh.ports.time.now, synced: true },
      { id: 'r2', generation: 0, revision: 0, synced: false },
    ]);
    forgetRouters();
    expect((await mesh.ask('GET', '/v1/routers')).body.routers).toEqual([]);
  });

  test.each([
    ['an id with a blank', { 'gossamer-router-id': 'a b', 'gossamer-router-role': 'router' }],
    ['an unknown role', { 'gossamer-router-id': 'a', 'gossamer-router-role': 'admin' }],
    ['no role', { 'gossamer-router-id': 'a' }],
  ])('a router with %s is refused', async (_, headers) => {
    expect(await mesh.ask('GET', '/v1/snapshot/manifest', { headers })).toMatchObject({
      status: 400,
      body: { code: 'request_invalid' },
    });
  });

  test('apply waits until every running router serves it', async () => {
    forgetRouters();
    const { generation } = await mesh.manifest();
    await poll(generation, '0s', 'r1');
    let done = false;
    const applied = mesh.apply(service('awaited'), '?wait=60s').then((answer) => {
      done = true;
      return answer;
    });
    const { text } = await poll(generation, '60s', 'r1');
    expect(done).toBe(false);
    await poll(summaryOf(text).generation, '0s', 'r1');
    expect((await applied).body).toMatchObject({ waited: true });
  });

  test('apply does not wait for a router that said goodbye', async () => {
    forgetRouters();
    const { generation } = await mesh.manifest();
    const leave = () => mesh.ask('DELETE', '/v1/routers/r1', { token: ROUTER_TOKEN });
    await poll(generation, '0s', 'r1');
    const applied = mesh.apply(service('after-leaving'), '?wait=60s');
    await poll(generation, '60s');
    expect((await leave()).status).toBe(204);
    expect((await applied).body).toMatchObject({ waited: true });
    expect((await mesh.ask('GET', '/v1/routers')).body.routers).toEqual([]);
    expect(await leave()).toMatchObject({ status: 404, body: { code: 'not_found' } });
    await poll(generation, '0s', 'r1');
    expect((await mesh.ask('GET', '/v1/routers')).body.routers).toMatchObject([{ id: 'r1' }]);
  });

  test('a wait that nobody ends is over in time, and says so', async () => {
    forgetRouters();
    await poll(undefined, '0s', 'r1');
    expect((await mesh.apply(service('slow'), '?wait=0s')).body).toMatchObject({ waited: false });
    forgetRouters();
    expect((await mesh.apply(service('alone'), '?wait=60s')).body).toMatchObject({ waited: true });
    expect((await mesh.apply(service('no-wait'))).body).not.toHaveProperty('waited');
  });

  test('a change of one service moves its chunk and bucket only', async () => {
    const before = (await mesh.manifest()).payload;
    await mesh.apply(service('orders', 9009));
    const after = (await mesh.manifest()).payload;
    const moved = after.index.buckets.filter((hash: string, i: number) => hash !== before.index.buckets[i]);
    expect(moved).toHaveLength(1);
    expect(after.trustBundle).toBe(before.trustBundle);
  });

  test('a deleted Workload is named in the revocations until its tokens are dead', async () => {
    await mesh.apply(workload('gone'));
    const { uid } = (await mesh.ask('GET', '/v1/namespaces/shop/Workload/gone')).body.metadata;
    await mesh.ask('DELETE', '/v1/namespaces/shop/Workload/gone');
    expect((await mesh.manifest()).payload.revocations.workloads).toEqual([uid]);
    await mesh.apply(workload('gone'));
    expect((await mesh.manifest()).payload.revocations.workloads).toEqual([uid]);
    const again = (await mesh.ask('GET', '/v1/namespaces/shop/Workload/gone')).body.metadata.uid;
    expect(again).not.toBe(uid);
    mesh.ports.time.now += 4 * 3_600_000 + 31_000;
    await mesh.apply(service('later'));
    expect((await mesh.manifest()).payload.revocations.workloads).toEqual([]);
  });

  async function chunkOf(name: string): Promise<string> {
    const { payload } = await mesh.manifest();
    const buckets: string[] = payload.index.buckets.filter((hash: string | null) => hash !== null);
    const texts = await Promise.all(buckets.map((hash) => mesh.store.reader.chunk(hash)));
    return Object.assign({}, ...texts.map((text) => JSON.parse(text)))[`service/shop/${name}`];
  }

  test('chunks of the last generations stay, those of older ones go', async () => {
    await mesh.apply(service('churn', 1000));
    const first = await chunkOf('churn');
    for (let port = 1001; port < 1050; port++) await mesh.apply(service('churn', port));
    await expect(mesh.store.reader.chunk(first)).resolves.toContain(':1000');
    for (let port = 1050; port < 1052; port++) await mesh.apply(service('churn', port));
    await expect(mesh.store.reader.chunk(first)).rejects.toMatchObject({ code: 'not_found' });
    await expect(mesh.store.reader.chunk(await chunkOf('churn'))).resolves.toContain(':1051');
  });

  test('a chunk that came back into use, before or after it went, stays', async () => {
    for (const port of [2000, 2001, 2000]) await mesh.apply(service('back', port));
    await mesh.apply(service('churn', 1000));
    const [back, churn] = [await chunkOf('back'), await chunkOf('churn')];
    for (let port = 3000; port < 3052; port++) {
      await mesh.apply(service('other', port));
      await expect(mesh.store.reader.chunk(back)).resolves.toContain(':2000');
    }
    await expect(mesh.store.reader.chunk(churn)).resolves.toContain(':1000');
  });
}
