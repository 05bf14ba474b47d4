import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpenStore } from '../attacks/open-store.ts';
import type { Caller } from '../blackbox/policy-store.ts';
import { stopAll } from '../blackbox/process.ts';
import { type Member, RUNTIMES, type Runtime } from '../blackbox/runtimes.ts';
import { ask, type Seen } from './ask.ts';
import { until } from './conditions.ts';
import { ENDS, type End, endOn, isFlood, isTriedOn, mustBeLetGo } from './ends-of-lies.ts';
import { liarDocuments } from './liar-documents.ts';
import { Load, type Outcome } from './load.ts';
import { bodyOf, LIES, LyingUpstream, type Received } from './lying-upstream.ts';
import { memoryIsBack, residentOf } from './memory.ts';

let store: OpenStore;
let upstream: LyingUpstream;
let late: LyingUpstream;
let cart: Caller;
beforeAll(async () => {
  [store, upstream, late] = await Promise.all([OpenStore.start(), LyingUpstream.start(), LyingUpstream.start()]);
  await store.post('/v1/apply', liarDocuments(upstream.port, late.port));
  cart = await store.enrol('shop', 'cart');
});
afterAll(async () => {
  upstream?.stop();
  late?.stop();
  await store?.stop();
  await stopAll();
});

const seenOf = (nonce: string): Received[] => [upstream.of(nonce), late.of(nonce)];

const arrivals = (nonce: string): number => seenOf(nonce).reduce((sum, { count }) => sum + count, 0);

/** How long a caller gives a lie that ends by itself, and one that does not, milliseconds. */
const PATIENCE = 10_000;
const SHORT_PATIENCE = 2_000;

test('every lie has an end that is expected of it', () => {
  expect(Object.keys(ENDS)).toEqual(Object.keys(LIES));
});

describe.each(RUNTIMES)('$name', (runtime) => {
  let router: Member;
  let load: Load;
  beforeAll(async () => {
    router = await runtime.start('router', store.joinFile);
    load = new Load({ url: router.url, to: 'honest.shop.mesh', as: cart, workers: 3 });
  });
  afterAll(async () => {
    await load?.stop();
    await router?.program.stop('SIGKILL');
    await router?.stop();
  });

  test('whatever a service says, a caller gets what is its own, a refusal, or a broken answer', async () => {
    await until('200 answers', () => load.succeeded > 200);
    const before = residentOf(router.program);
    const lies = Object.keys(LIES).filter((lie) => isTriedOn(lie, runtime));
    const told = await inTurns(lies, 6, (lie) => toldOf(lie, runtime, router));
    expect(told).toEqual(lies.map((lie) => `${lie}: ${endOn(lie, runtime)}`));
    const after = load.since();
    await until('200 more answers', () => after().length > 200);
    expect(load.wrong).toEqual([]);
    expect(load.failed.filter((outcome) => !isSpoiled(outcome))).toEqual([]);
    await memoryIsBack(router.program, before);
  });
});

/** The lies share their connections: one that a lie has spoiled breaks off under a POST, which is then not sent again. */
const isSpoiled = ({ method, reason }: Pick<Outcome, 'method' | 'reason'>): boolean =>
  method === 'POST' && reason === 'upstream_reset';

/** How a GET and a POST end that meet this lie. The POST has arrived once at most, and nothing is left open behind. */
async function toldOf(lie: string, runtime: Runtime, router: Member): Promise<string> {
  const to = `${lie}.shop.mesh`;
  const identity = await cart.headersFor(to);
  const patience = isFlood(lie) ? SHORT_PATIENCE : PATIENCE;
  const one = async (method: string): Promise<End> => {
    const nonce = crypto.randomUUID();
    const headers = { ...identity, 'x-nonce': nonce, 'mesh-deadline': String(Date.now() + patience) };
    const body = method === 'POST' ? nonce.repeat(20) : undefined;
    const question = { to, path: `/${lie}`, method, headers, patience: 2 * patience };
    const seen = await ask(router.url, { ...question, ...(body !== undefined && { body }) });
    const end = endOf(seen, nonce);
    if (method === 'POST') expect(arrivals(nonce), lie).toBeLessThanOrEqual(1);
    if (mustBeLetGo(lie, runtime))
      await until(`${lie} is let go of`, () => arrivals(nonce) === 0 || seenOf(nonce).some(({ closed }) => closed), 10);
    return end;
  };
  const [get, post] = await Promise.all([one('GET'), one('POST')]);
  // A POST may have met a connection that another lie has spoiled.
  const ends = get === 'whole' && post === 'refused' ? [get] : [get, post];
  return `${lie}: ${[...new Set(ends)].join(', ')}`;
}

function endOf({ status, reason, end, body }: Seen, nonce: string): End {
  if (reason !== undefined && end === 'whole') return status >= 500 ? 'refused' : 'WRONG';
  const own = body === nonce || body === '' || bodyOf(nonce).startsWith(body);
  if (!own) return 'WRONG';
  return end;
}

async function inTurns<In, Out>(list: readonly In[], workers: number, run: (one: In) => Promise<Out>): Promise<Out[]> {
  const done: Out[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < list.length; i = next++) done[i] = await run(list[i] as In);
  };
  await Promise.all(Array.from({ length: workers }, work));
  return done;
}
