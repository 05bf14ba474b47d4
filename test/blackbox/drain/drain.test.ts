import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type CloseEvent, WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { head } from '../client.ts';
import { type Mesh, startMesh } from '../context.ts';
import { processesOf, stopAll } from '../process.ts';
import { openChatService } from '../protocols/services.ts';
import { type Member, RUNTIMES } from '../runtimes.ts';

const TO = 'orders-a.shop.mesh';
const CHAT = 'chat.shop.mesh';

let mesh: Mesh;
let chat: Awaited<ReturnType<typeof openChatService>>;
beforeAll(async () => {
  [mesh, chat] = await Promise.all([startMesh(), openChatService()]);
  await mesh.store.apply([chatService(chat.port), chatPolicy]);
});
afterAll(async () => {
  await chat?.[Symbol.asyncDispose]();
  await mesh?.stop();
  await stopAll();
});

const chatService = (port: number) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: { name: 'chat', namespace: 'shop' },
  spec: { endpoints: [{ url: `http://127.0.0.1:${port}` }] },
});
const chatPolicy = {
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name: 'chat', namespace: 'shop' },
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: 'chat' }],
    rules: [{ from: [{ source: { namespaces: ['shop'] } }] }],
  },
};

const workload = (name: string) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Workload',
  metadata: { name, namespace: 'shop' },
  spec: {},
});
const ordersPolicyFor = (name: string) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name, namespace: 'shop' },
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: 'orders-a' }],
    rules: [{ from: [{ source: { principals: [`mesh.local/ns/shop/sa/${name}`] } }] }],
  },
});

/** Routers that count as running: that of the policy store is one. */
const known = async (): Promise<number> => ((await mesh.store.call('GET', '/v1/routers')).routers as object[]).length;

const isStopping = ({ program }: Member): Promise<void> =>
  vi.waitFor(() => expect(program.lines.join('\n')).toContain('stopping'), 10_000);

/** A request that has begun to be answered, and is not answered to its end. */
async function held({ url }: Member, as = mesh.cart): Promise<{ id: string; response: IncomingMessage }> {
  const id = crypto.randomUUID();
  const response = await head(url, { to: TO, path: '/hold', as, headers: { 'x-test': id } });
  await once(response, 'readable');
  return { id, response };
}

interface Seen {
  readonly status: number;
  readonly connection: string | undefined;
  readonly body: string;
  readonly retryAfter: string | undefined;
}

/** @returns an answer, or the code of the error in its place */
async function ask(url: string, headers: Record<string, string>, agent: Agent | false = false): Promise<Seen | string> {
  try {
    const sent = request(`${url}/echo`, { agent, headers });
    const [response] = (await once(sent.end(), 'response')) as [IncomingMessage];
    const { connection, 'retry-after': retryAfter } = response.headers;
    return { status: response.statusCode as number, connection, retryAfter, body: await text(response) };
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

const identity = async (): Promise<Record<string, string>> => ({
  'mesh-authority': TO,
  ...(await mesh.cart.headersFor(TO)),
});

describe.each(RUNTIMES.filter(({ name }) => name !== 'workerd'))(
  'a router on $name that is told to stop',
  (runtime) => {
    const start = (env: Record<string, string> = {}): Promise<Member> =>
      runtime.start('router', mesh.store.joinFile, env);

    test('first serves on and says so, then refuses, ends what runs, and leaves nothing', async () => {
      const router = await start({ GOSSAMER_DRAIN_DELAY: '600ms' });
      const headers = await identity();
      const agents = Array.from({ length: 150 }, () => new Agent({ keepAlive: true }));
      for (const agent of agents) expect(await ask(router.url, headers, agent)).toMatchObject({ status: 200 });
      const { id, response } = await held(router);
      const stopped = router.program.stop();
      await isStopping(router);
      const { ops } = router.program.ready;
      if (ops !== undefined) expect((await fetch(`${ops}/readyz`)).status).toBe(503);
      const seen: (Seen | string)[] = [await ask(router.url, headers)];
      for (const agent of agents) {
        seen.push(await ask(router.url, headers, agent));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const [served, refused, broken] = [
        seen.filter((one) => typeof one === 'object' && one.status === 200),
        seen.filter((one) => typeof one === 'object' && one.status !== 200),
        seen.filter((one) => typeof one === 'string'),
      ];
      expect(served.length).toBeGreaterThan(1);
      expect(refused.length).toBeGreaterThan(0);
      expect(seen).toEqual([...served, ...refused, ...broken]);
      for (const one of [...served, ...refused] as Seen[]) expect(one.connection).toMatch(/^close\b/);
      for (const one of refused as Seen[]) {
        expect(JSON.parse(one.body)).toMatchObject({ status: 503, code: 'snapshot_unavailable', check: 'draining' });
        expect(one.retryAfter).toBe('1');
      }
      expect(await ask(router.url, headers)).toBe('ECONNREFUSED');
      mesh.a.release(id, 'last', true);
      expect(await text(response)).toBe('first;last');
      expect(await stopped).toBe(0);
      expect(processesOf(router.program.child.pid as number)).toEqual([]);
      for (const agent of agents) agent.destroy();
      await router.stop();
    });

    test('tells both ends of a WebSocket', async () => {
      const router = await start();
      const headers = { 'mesh-authority': CHAT, ...(await mesh.cart.headersFor(CHAT)) };
      const socket = new WebSocket(`${router.url.replace('http', 'ws')}/room`, { headers });
      await once(socket, 'open');
      const left = once(socket, 'close') as Promise<[CloseEvent]>;
      expect(await router.program.stop()).toBe(0);
      // A program may not say 1001 with the WebSocket of the Web, which Deno serves with.
      expect((await left)[0]).toMatchObject({ code: runtime.name === 'deno' ? 1005 : 1001, wasClean: true });
      await expect.poll(() => chat.open()).toBe(0);
      await router.stop();
    });

    test('has said goodbye to the policy store while requests still run, and cuts them at the limit', async () => {
      const router = await start({ GOSSAMER_DRAIN_LIMIT: '3s' });
      await vi.waitFor(async () => expect(await known()).toBe(2), 10_000);
      const { id, response } = await held(router);
      const stopped = router.program.stop();
      await vi.waitFor(async () => expect(await known()).toBe(1), 2_500);
      mesh.a.release(id, 'still there;', false);
      await expect.poll(() => String(response.read() ?? ''), { timeout: 2_000 }).toContain('still there');
      const broken = once(response, 'error');
      expect(await stopped).toBe(1);
      await broken;
      expect(router.program.lines.join('\n')).toContain('cut at the drain limit');
      await router.stop();
    });

    test('still ends the stream of a caller who is revoked meanwhile', async () => {
      const name = `leaver-${runtime.name}`;
      await mesh.store.apply([workload(name), ordersPolicyFor(name)]);
      const router = await start();
      await vi.waitFor(async () => expect(await known()).toBe(2), 10_000);
      const { response } = await held(router, await mesh.store.enrol('shop', name));
      const broken = once(response, 'error');
      const stopped = router.program.stop();
      await vi.waitFor(async () => expect(await known()).toBe(1), 10_000);
      await mesh.store.call('POST', '/v1/revocations', { ids: [`spiffe://mesh.local/ns/shop/sa/${name}`] });
      await broken;
      expect(await stopped).toBe(0);
      // Its record went to the policy store with the last telemetry.
      expect(JSON.stringify(await mesh.store.call('GET', '/v1/stats?window=60s'))).toContain(`/sa/${name}`);
      await router.stop();
    });

    test('ends at once when it is told again', async () => {
      const router = await start();
      const { response } = await held(router);
      response.on('error', () => undefined);
      const exited = once(router.program.child, 'exit');
      const again = setInterval(() => process.kill(-(router.program.child.pid as number), 'SIGTERM'), 300);
      expect(await exited).toEqual([1, null]);
      clearInterval(again);
      await router.stop();
    });
  },
);
