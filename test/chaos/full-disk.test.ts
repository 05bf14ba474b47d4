import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { jsonReady, Program } from '../blackbox/process.ts';
import { type ChaosMesh, chaosDocuments, ORDERS, startChaosMesh } from './chaos-mesh.ts';
import { until } from './conditions.ts';
import { limitFileSize } from './limits-of-a-process.ts';
import { Load } from './load.ts';
import { memoryIsBack, residentOf } from './memory.ts';
import { expectAllKept, Writer } from './writer.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
/** Whatever it is, it ends with the test. */
function ending<T extends { stop(): unknown }>(it: T): T {
  ends.push(() => it.stop());
  return it;
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-chaos-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A disk of its own, small. Undefined where nobody may mount one. */
function smallDisk(megabytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'gossamer-disk-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const mounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', folder]).status === 0;
  if (!mounted) return undefined;
  ends.push(() => spawnSync('umount', ['-l', folder]));
  return folder;
}

const mayMount = ((): boolean => {
  const possible = smallDisk(1) !== undefined;
  for (const end of ends.splice(0).reverse()) end();
  return possible;
})();

/** Leaves nothing. @returns takes it away again */
function fill(disk: string): () => void {
  const { bavail, bsize } = statfsSync(disk);
  const path = join(disk, 'ballast');
  writeFileSync(path, Buffer.alloc(bavail * bsize));
  return () => rmSync(path);
}

interface Started {
  readonly program: Program;
  readonly load: Load;
}

async function routerOf(mesh: ChaosMesh, data: string): Promise<Started> {
  const options = JSON.stringify({ command: 'router', join: mesh.store.joinFile, data });
  const program = ending(
    await Program.start(process.execPath, ['workers/node/main.ts', options], { ready: jsonReady }),
  );
  const load = ending(new Load({ url: program.ready.router as string, to: ORDERS, as: mesh.cart, workers: 2 }));
  return { program, load };
}

describe.runIf(mayMount)('a disk without room', () => {
  test('the store refuses writes and says why, goes on to be read, and writes again when there is room', async () => {
    const disk = smallDisk(160) as string;
    const mesh = ending(await startChaosMesh({ data: disk }));
    const { load } = await routerOf(mesh, scratch());
    const writer = ending(new Writer('w', () => mesh.store));
    await until('10 applies', () => writer.acknowledged.size > 10);
    const before = residentOf(mesh.store.program);
    const empty = fill(disk);
    await until('10 refusals', () => writer.refused.length > 10);
    expect(writer.refused.filter(({ status, said }) => status !== 503 || !said.includes('is full'))).toEqual([]);
    expect((await mesh.store.ask('GET', '/v1/revisions')).status).toBe(200);
    // A router that starts now is served all the same.
    const late = await routerOf(mesh, scratch());
    await until('traffic on both', () => load.succeeded > 50 && late.load.succeeded > 50);
    empty();
    const kept = writer.acknowledged.size;
    await until('10 more applies', () => writer.acknowledged.size > kept + 10);
    await writer.stop();
    await memoryIsBack(mesh.store.program, before);
    await expectAllKept(mesh.store, [writer]);
    await mesh.store.stop('SIGKILL');
    await mesh.restartStore();
    await expectAllKept(mesh.store, [writer]);
    expect([...load.failed, ...late.load.failed]).toEqual([]);
  });

  test('a router that can keep nothing goes on, and follows what is applied', async () => {
    const disk = smallDisk(1) as string;
    const mesh = ending(await startChaosMesh());
    const empty = fill(disk);
    const { program, load } = await routerOf(mesh, disk);
    await until('50 answers', () => load.succeeded > 50);
    const before = residentOf(program);
    const { revision } = await mesh.store.call('POST', '/v1/apply', chaosDocuments([mesh.services[0].port]));
    await until('the new revision', () => load.outcomes.at(-1)?.revision === revision);
    expect(load.failed).toEqual([]);
    expect(program.lines.some((line) => line.includes('ENOSPC'))).toBe(true);
    await memoryIsBack(program, before);
    empty();
  });
});

describe('a disk that fails in the middle of a write', () => {
  test('the store starts its database again, loses nothing that it acknowledged, and answers meanwhile', async () => {
    const mesh = ending(await startChaosMesh());
    const { load } = await routerOf(mesh, scratch());
    const writer = ending(new Writer('w', () => mesh.store));
    await until('10 applies', () => writer.acknowledged.size > 10);
    const before = residentOf(mesh.store.program);
    limitFileSize(mesh.store.program, 1024);
    await until('10 refusals', () => writer.refused.length > 10);
    expect(writer.refused.filter(({ status }) => status !== 503)).toEqual([]);
    limitFileSize(mesh.store.program, 'unlimited');
    const kept = writer.acknowledged.size;
    await until('10 more applies', () => writer.acknowledged.size > kept + 10);
    await writer.stop();
    await memoryIsBack(mesh.store.program, before);
    await expectAllKept(mesh.store, [writer]);
    await mesh.store.stop('SIGKILL');
    await mesh.restartStore();
    await expectAllKept(mesh.store, [writer]);
    expect(load.failed).toEqual([]);
  });
});
