import { readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { PolicyStore } from '../test/blackbox/policy-store.ts';
import type { Role } from '../test/blackbox/runtimes.ts';
import { bundle, startWorkerd } from '../test/blackbox/workerd.ts';
import { startWorker } from './proxies/worker.ts';
import { type Row, rowOf } from './rows.ts';

export const ROLES: readonly Role[] = ['router', 'gateway'];

/** What would be deployed, and how long workerd takes to answer with it. @param rounds starts of workerd */
export async function measureSize(rounds: number, roles = ROLES): Promise<Row[]> {
  const sizes = roles.map((role) => {
    const { folder, script } = bundle(role);
    const bytes = gzipBytes(readFileSync(script));
    rmSync(folder, { recursive: true });
    return rowOf('size', bundleRow(role), [bytes / 1000], 'kB');
  });
  return [...sizes, ...(await measureStart(rounds))];
}

export const bundleRow = (role: Role): string => `${role} bundle, gzip`;
export const START_ROW = 'start of workerd until the router answers';

/** As `gzip -9` makes them. */
export const gzipBytes = (script: Uint8Array): number => gzipSync(script, { level: 9 }).length;

/** From the start of the process to the first answer, beside a worker that does nothing. */
async function measureStart(rounds: number): Promise<Row[]> {
  const store = await PolicyStore.start();
  const router: number[] = [];
  const empty: number[] = [];
  try {
    // The first one bundles.
    await firstAnswer(() => startWorkerd('router', store.joinFile));
    for (let n = 0; n < rounds; n++) {
      router.push(await firstAnswer(() => startWorkerd('router', store.joinFile)));
      empty.push(await firstAnswer(() => startWorker('export default { fetch: () => new Response() };', '')));
    }
  } finally {
    await store.stop();
  }
  return [
    rowOf('size', START_ROW, router, 'ms'),
    rowOf('size', 'start of workerd until an empty worker answers', empty, 'ms'),
  ];
}

async function firstAnswer(start: () => Promise<{ url: string; stop(): Promise<void> }>): Promise<number> {
  const from = performance.now();
  const { url, stop } = await start();
  await (await fetch(url)).arrayBuffer();
  const took = performance.now() - from;
  await stop();
  return took;
}
