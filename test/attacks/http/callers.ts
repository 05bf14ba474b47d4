import { randomUUID } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import type { Caller } from '../../blackbox/policy-store.ts';
import type { AttackedMesh } from '../attacked-mesh.ts';
import { LOOKALIKES, OPEN } from '../documents.ts';
import { type Outcome, Wire } from '../wire.ts';
import { chunk, type Draft, plus, written } from './attack.ts';

/** Where the callers meet, and how a good request looks there. */
export interface Meeting {
  readonly mesh: AttackedMesh;
  readonly url: string;
  draft(id: string, caller?: Caller): Promise<Draft>;
}

const CONNECTIONS = 8;
const ROUNDS = 6;

/** Several callers on one connection and on many: each gets what is meant for it. */
export function callerCases(meeting: () => Meeting): void {
  test('4.15 callers in turn on the same connections get their own answers', async () => {
    const { mesh, url, draft } = meeting();
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async (_, n) => {
        const wire = await Wire.open(url);
        for (let round = 0; round < ROUNDS; round++) {
          const id = randomUUID();
          const caller = (n + round) % 2 === 0 ? mesh.cart : mesh.baker;
          wire.send(written(await draft(id, caller)));
          own(await wire.answer(), id);
          expect(mesh.upstream.of(id)).toHaveLength(1);
        }
        wire.end();
      }),
    );
  });

  test('4.15 an answer that nobody waits for any more goes to nobody else', async () => {
    const { mesh, url, draft } = meeting();
    const left = Array.from({ length: CONNECTIONS }, () => randomUUID());
    for (const id of left) {
      const wire = await Wire.open(url);
      wire.send(written({ ...(await draft(id)), target: `${OPEN}held/${id}` }));
      await vi.waitFor(() => expect(mesh.upstream.of(id)).toHaveLength(1));
      wire.end();
    }
    const waiting = others(meeting(), CONNECTIONS);
    for (const id of left) mesh.upstream.release(id);
    await waiting;
    await others(meeting(), CONNECTIONS);
  });

  test.each(['Content-Length: 100000000', 'Transfer-Encoding: chunked'])(
    '4.15 of a body that breaks off (%s) nothing gets into the request of another',
    async (framing) => {
      const { mesh, url, draft } = meeting();
      const broken = Array.from({ length: CONNECTIONS }, () => randomUUID());
      for (const id of broken) {
        const wire = await Wire.open(url);
        const good = { ...plus(await draft(id), framing), method: 'POST' };
        const part = `part of ${id}`;
        wire.send(written({ ...good, body: framing.startsWith('T') ? chunk(part) : part }));
        await vi.waitFor(() => expect(mesh.upstream.got(part)).toBe(true));
        wire.end();
      }
      await others(meeting(), CONNECTIONS);
      for (const id of broken) {
        const arrived = mesh.upstream.of(id);
        expect(arrived.filter(({ complete }) => complete)).toEqual([]);
        expect(arrived.length).toBeLessThanOrEqual(1);
      }
    },
  );

  test('4.19 heads and bodies that never come to their end keep nobody else from being served', async () => {
    const { mesh, url, draft } = meeting();
    const slow = Array.from({ length: 5 * CONNECTIONS }, () => randomUUID());
    const wires = await Promise.all(
      slow.map(async (id, n) => {
        const wire = await Wire.open(url);
        const good = await draft(id);
        const body = { ...plus(good, 'Content-Length: 9'), method: 'POST', body: 'never' };
        wire.send(n % 2 === 0 ? written(good).slice(0, -2) : written(body));
        return wire;
      }),
    );
    await others(meeting(), CONNECTIONS);
    for (const wire of wires) wire.end();
    for (const id of slow) expect(mesh.upstream.of(id).filter(({ complete }) => complete)).toEqual([]);
  });
}

/** Identities that a careless key would take for one, for a router alone. */
export function lookalikeCases(meeting: () => Meeting): void {
  test('4.17 whose name looks like that of another is not let in by what is remembered of that other', async () => {
    const { mesh, url, draft } = meeting();
    for (const { namespace, name } of LOOKALIKES) {
      const alike = await mesh.store.enrol(namespace, name);
      const wire = await Wire.open(url);
      for (let round = 0; round < 2; round++) {
        const [good, bad] = [randomUUID(), randomUUID()];
        wire.send(written(await draft(good, mesh.baker)));
        own(await wire.answer(), good);
        wire.send(written(await draft(bad, alike)));
        expect(await wire.answer(), `${namespace}/${name}`).toMatchObject({ status: 403 });
        expect(mesh.upstream.of(bad)).toEqual([]);
      }
      wire.end();
    }
  });

  test("4.17 a token that is remembered does not help with another's proof", async () => {
    const { mesh, url } = meeting();
    const wire = await Wire.open(url);
    for (let round = 0; round < 2; round++) {
      const [good, bad] = [randomUUID(), randomUUID()];
      wire.send(written(await meeting().draft(good, mesh.baker)));
      own(await wire.answer(), good);
      const stolen = Object.entries(await mesh.thief.headersFor('vault.shop.mesh', mesh.baker.wit));
      const lines = ['Host: vault.shop.mesh', ...stolen.map(([name, value]) => `${name}: ${value}`), `X-Test: ${bad}`];
      wire.send(written({ method: 'GET', target: `${OPEN}${bad}`, version: 'HTTP/1.1', lines, body: '' }));
      expect(await wire.answer()).toMatchObject({ status: 400 });
      expect(mesh.upstream.of(bad)).toEqual([]);
    }
    wire.end();
  });
}

function own(answer: Outcome, id: string): void {
  expect(answer).toMatchObject({ status: 200 });
  expect(typeof answer === 'object' && JSON.parse(answer.body)).toMatchObject({ test: id });
}

/** So many requests at once, on new connections, with bodies: whole, and answered to who asked. */
async function others({ mesh, url, draft }: Meeting, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async () => {
      const id = randomUUID();
      const wire = await Wire.open(url);
      wire.send(
        written({ ...plus(await draft(id, mesh.baker), `Content-Length: ${id.length}`), method: 'POST', body: id }),
      );
      own(await wire.answer('POST'), id);
      expect(mesh.upstream.of(id)).toMatchObject([{ body: id, complete: true }]);
      wire.end();
    }),
  );
}
