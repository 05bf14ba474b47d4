import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stopAll } from '../../blackbox/process.ts';
import { type Role, RUNTIMES } from '../../blackbox/runtimes.ts';
import { type AttackedMesh, closeDoors, type Doors, openDoors, startAttackedMesh } from '../attacked-mesh.ts';
import { OPEN } from '../documents.ts';
import { written } from '../http/attack.ts';
import { type Outcome, Wire } from '../wire.ts';
import { oddTarget } from './odd-target.ts';

/** The same targets every time; PATHS_SEED=... sends others. A failure says which. */
const SEED = Number(process.env.PATHS_SEED ?? 20_261_123);
/** In batches: routers tell only of so many decisions at a time. */
const BATCHES = 3;
const BATCH = 50;

let mesh: AttackedMesh;
beforeAll(async () => {
  mesh = await startAttackedMesh();
});
afterAll(async () => {
  await mesh?.stop();
  await stopAll();
});

describe.each(RUNTIMES)('on $name', (runtime) => {
  let doors: Doors | undefined;
  beforeAll(async () => {
    doors = await openDoors(runtime, mesh);
  });
  afterAll(() => closeDoors(doors));

  test.each<Role>(['router', 'gateway'])('at the %s what was judged is what arrives, byte for byte', async (role) => {
    const targets = fc.sample(oddTarget, { numRuns: BATCHES * BATCH, seed: SEED });
    let arrivals = 0;
    for (let n = 0; n < targets.length; n += BATCH) {
      const sent = await Promise.all(
        targets.slice(n, n + BATCH).map((target) => send((doors as Doors)[role].url, role, target)),
      );
      for (const one of sent) arrivals += await judged(one);
    }
    // The generator is of no use when nearly everything is refused, or nothing.
    expect(arrivals).toBeGreaterThan(targets.length / 5);
    expect(arrivals).toBeLessThan(targets.length);
  });
});

interface Sent {
  readonly id: string;
  readonly target: string;
  readonly outcome: Outcome;
}

async function send(url: string, role: Role, target: string): Promise<Sent> {
  const id = randomUUID();
  const identity = role === 'router' ? await mesh.cart.headersFor('vault.shop.mesh') : {};
  const host = role === 'router' ? 'vault.shop.mesh' : 'www.shop.example';
  const fields = [['Host', host], ...Object.entries(identity), ['X-Test', id], ['Connection', 'close']];
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  const wire = await Wire.open(url);
  wire.send(written({ method: 'GET', target, version: 'HTTP/1.1', lines, body: '' }));
  const outcome = await wire.answer();
  wire.end();
  return { id, target, outcome };
}

/** @returns how often it arrived */
async function judged({ id, target, outcome }: Sent): Promise<0 | 1> {
  const about = `seed ${SEED}, ${JSON.stringify(target)}`;
  const arrived = mesh.upstream.of(id);
  expect(arrived.length, about).toBeLessThanOrEqual(1);
  const [request] = arrived;
  if (request === undefined) {
    expect(typeof outcome === 'object' ? outcome.status : outcome, about).toSatisfy(isRefusal);
    return 0;
  }
  const answer = outcome as Exclude<Outcome, string>;
  expect(answer, about).toMatchObject({ status: 200 });
  const judgedPath = await pathOf(answer.headers.get('mesh-decision-id') ?? '', about);
  expect(judgedPath.startsWith(OPEN), about).toBe(true);
  const [path, ...query] = request.target.split('?');
  expect(path, about).toBe(rewritten(judgedPath));
  // workerd takes a fragment off before anybody sees it; the others show it, and it is refused.
  const [, ...asked] = (target.split('#', 1)[0] ?? '').split('?');
  // Bun reads bytes of a query that are no UTF-8 as U+FFFD; in a path they are refused everywhere.
  if (!asked.some((text) => /[^ -~]/.test(text)))
    expect(escaped(query.join('?')), about).toBe(escaped(asked.join('?')));
  return 1;
}

/** Fetch runtimes read these characters of a query as escapes, and have no other way to send them. */
const escaped = (query: string): string =>
  query.replace(/["'<>^`{|}]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const isRefusal = (outcome: unknown): boolean =>
  outcome === 'closed' || (typeof outcome === 'number' && outcome >= 400 && outcome < 500);

/** What the route of the suite makes of a path. */
const rewritten = (path: string): string =>
  path === '/open/rewrite' || path.startsWith('/open/rewrite/')
    ? `/open/rewritten${path.slice('/open/rewrite'.length)}`
    : path;

/** The path that policies were asked about, as the router wrote it down. */
async function pathOf(decision: string, about: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const { status, text } = await mesh.store.ask('GET', `/v1/decisions/${decision}`);
      expect(status, about).toBe(200);
      return (JSON.parse(text) as { path: string }).path;
    },
    { timeout: 20_000, interval: 100 },
  );
}
