import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpenStore } from '../attacks/open-store.ts';
import { unusedPort } from '../blackbox/context.ts';
import type { Caller } from '../blackbox/policy-store.ts';
import { jsonReady, Program, stopAll } from '../blackbox/process.ts';
import { type Member, RUNTIMES } from '../blackbox/runtimes.ts';
import { ask, type Seen } from './ask.ts';
import { until } from './conditions.ts';
import { chaosServices, urlOf } from './liar-documents.ts';
import { Load } from './load.ts';
import { LyingUpstream } from './lying-upstream.ts';

/** No resolver knows it (RFC 6761). */
const NOWHERE = { address: 'nowhere.invalid' };

let store: OpenStore;
let upstream: LyingUpstream;
let cart: Caller;
beforeAll(async () => {
  [store, upstream] = await Promise.all([OpenStore.start(), LyingUpstream.start()]);
  const here = { address: '127.0.0.1' };
  const services = { lost: [NOWHERE], half: [NOWHERE, here], known: [{ address: 'a.names.test' }] };
  const hanging = Object.fromEntries(['b', 'c', 'd', 'e'].map((name) => [name, [{ address: `${name}.names.test` }]]));
  await store.post('/v1/apply', chaosServices({ ...services, ...hanging }, upstream.port));
  await store.post('/v1/apply', chaosServices({ honest: [urlOf(upstream.port)] }));
  cart = await store.enrol('shop', 'cart');
});
afterAll(async () => {
  upstream?.stop();
  await store?.stop();
  await stopAll();
});

const call = async (url: string, name: string, method = 'GET', more: object = {}): Promise<Seen> => {
  const to = `${name}.shop.mesh`;
  const headers = { ...(await cart.headersFor(to)), 'x-nonce': crypto.randomUUID(), ...more };
  return ask(url, { to, path: '/echo', method, headers, ...(method === 'POST' && { body: 'pay' }) });
};

describe.each(RUNTIMES)('a name that nobody knows, on $name', (runtime) => {
  let router: Member;
  beforeAll(async () => {
    router = await runtime.start('router', store.joinFile);
  });
  afterAll(async () => {
    await router?.program.stop('SIGKILL');
    await router?.stop();
  });

  test('is a connection that never was', async () => {
    const { status, reason } = await call(router.url, 'lost', 'POST');
    const refused = runtime.knowsRefused ? [503, 'upstream_connect_failure'] : [502, 'upstream_reset'];
    expect([status, reason]).toEqual(refused);
  });

  test('sends a POST to another endpoint, where that is certain', async () => {
    const method = runtime.knowsRefused ? 'POST' : 'GET';
    for (let n = 0; n < 6; n++) expect((await call(router.url, 'half', method)).status).toBe(200);
  });
});

describe.runIf(RUNTIMES.some(({ name }) => name === 'node'))('a resolver that hangs, on node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-chaos-'));
  const state = join(folder, 'resolver');
  let router: Program;
  let url: string;
  let load: Load;
  beforeAll(async () => {
    writeFileSync(state, 'good');
    const options = JSON.stringify({
      command: 'router',
      join: store.joinFile,
      data: folder,
      routerPort: await unusedPort(),
    });
    const args = ['--import', './test/chaos/broken-resolver.ts', 'workers/node/main.ts', options];
    router = await Program.start(process.execPath, args, { ready: jsonReady, env: { RESOLVER_STATE: state } });
    url = router.ready.router as string;
    load = new Load({ url, to: 'honest.shop.mesh', as: cart, workers: 2 });
  });
  afterAll(async () => {
    await load?.stop();
    await router?.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  test('is waited for no longer than the request may take; what was known is called, others do not notice', async () => {
    expect((await call(url, 'known')).status).toBe(200);
    writeFileSync(state, 'hangs');
    const soon = { 'mesh-deadline': String(Date.now() + 1_500) };
    const hung = ['b', 'c', 'd', 'e'].flatMap((name) => [call(url, name, 'GET', soon), call(url, name, 'POST', soon)]);
    const during = load.since();
    for (const { status, reason } of await Promise.all(hung)) {
      expect([status, reason]).toEqual([504, 'deadline_exceeded']);
    }
    // The connections of before are closed, so that the name is needed again.
    upstream.dropAll();
    for (let n = 0; n < 3; n++) expect((await call(url, 'known')).status).toBe(200);
    await until('100 honest answers', () => during().length > 100);
    expect(load.wrong).toEqual([]);
    writeFileSync(state, 'good');
    await until('the others are found', async () => (await call(url, 'b')).status === 200);
  });

  test('a name that is gone is not called at the address that it had', async () => {
    writeFileSync(state, 'gone');
    await until('it is missed', async () => {
      upstream.dropAll();
      return (await call(url, 'known', 'POST')).reason === 'upstream_connect_failure';
    });
    writeFileSync(state, 'good');
    await until('it is found again', async () => (await call(url, 'known')).status === 200);
  });
});
