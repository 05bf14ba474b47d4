import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Mesh, startMesh } from '../context.ts';
import { stopAll } from '../process.ts';
import { type Member, RUNTIMES } from '../runtimes.ts';

const TO = 'orders-a.shop.mesh';

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh();
});
afterAll(async () => {
  await mesh?.stop();
  await stopAll();
});

/** Calls one of two routers, and the other one when it hears that the first stops. It sends again only what nobody has done. */
class Caller {
  readonly failures: string[] = [];
  readonly sent: string[] = [];
  told = 0;
  refused = 0;
  stopped = false;
  readonly #routers: readonly string[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #at: number;

  /** @param routers their URLs, as they are now */
  constructor(routers: readonly string[], at: number) {
    this.#routers = routers;
    this.#at = at;
  }

  async run(): Promise<void> {
    while (!this.stopped) {
      const id = crypto.randomUUID();
      this.sent.push(id);
      const method = this.sent.length % 2 === 0 ? 'POST' : 'GET';
      let last = '';
      for (let n = 0; n < 20 && last !== 'done'; n++) last = await this.#once(id, method);
      if (last !== 'done') this.failures.push(`${method} ${last}`);
      await wait(3);
    }
    this.#agent.destroy();
  }

  /** @returns `done`, or why nothing was */
  async #once(id: string, method: string): Promise<string> {
    const identity = await mesh.cart.headersFor(TO);
    try {
      const headers = { 'mesh-authority': TO, 'x-test': id, ...identity };
      const sent = request(`${this.#routers[this.#at % 2]}/echo`, { agent: this.#agent, method, headers });
      const [response] = (await once(sent.end(method === 'POST' ? 'pay' : undefined), 'response')) as [IncomingMessage];
      const body = await text(response);
      const isLast = /^close\b/.test(response.headers.connection ?? '');
      if (isLast) this.#at++;
      if (response.statusCode === 200) {
        if (isLast) this.told++;
        return 'done';
      }
      if (!body.includes('"check":"draining"')) this.failures.push(`${method} ${response.statusCode} ${body}`);
      else this.refused++;
      await wait(10);
      return `refused ${response.statusCode}`;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      if (code !== 'ECONNREFUSED') this.failures.push(`${method} ${code}`);
      this.#at++;
      await wait(10);
      return code;
    }
  }
}

describe.each(RUNTIMES.filter(({ name }) => name !== 'workerd'))('on $name', (runtime) => {
  test('routers are restarted one after the other under load: no call fails, and none is made twice', async () => {
    const env = { GOSSAMER_DRAIN_DELAY: '500ms' };
    const start = (): Promise<Member> => runtime.start('router', mesh.store.joinFile, env);
    const routers = await Promise.all([start(), start()]);
    const urls = routers.map(({ url }) => url);
    const callers = Array.from({ length: 6 }, (_, at) => new Caller(urls, at));
    const running = callers.map((caller) => caller.run());
    const done = () => callers.reduce((sum, { sent }) => sum + sent.length, 0);
    for (const at of [0, 1]) {
      const before = done();
      await vi.waitUntil(() => done() > before + 100, 20_000);
      const old = routers[at] as Member;
      expect(await old.program.stop()).toBe(0);
      await old.stop();
      routers[at] = await start();
      urls[at] = (routers[at] as Member).url;
    }
    const before = done();
    await vi.waitUntil(() => done() > before + 100, 20_000);
    for (const caller of callers) caller.stopped = true;
    await Promise.all(running);
    expect(callers.flatMap(({ failures }) => failures)).toEqual([]);
    expect(callers.reduce((sum, { told }) => sum + told, 0)).toBeGreaterThan(0);
    for (const id of callers.flatMap(({ sent }) => sent)) expect(mesh.a.seen.get(id)).toBe(1);
    await Promise.all(routers.map((router) => router.stop()));
  });
});
