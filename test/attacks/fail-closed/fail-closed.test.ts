import { generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Manifest } from '../../../snapshot/manifest.ts';
import { call } from '../../blackbox/client.ts';
import { stopAll } from '../../blackbox/process.ts';
import { type Member, type Role, RUNTIMES } from '../../blackbox/runtimes.ts';
import { type AttackedMesh, startAttackedMesh } from '../attacked-mesh.ts';
import { OPEN } from '../documents.ts';
import { HostileStore } from './hostile-store.ts';

/** Row 4.16, on routers and gateways of all runtimes at once: what they wait for, they wait for together. */
interface Door {
  readonly name: string;
  readonly role: Role;
  readonly member: Member;
}

const EACH = RUNTIMES.flatMap((runtime) => (['router', 'gateway'] as const).map((role) => ({ runtime, role })));

let mesh: AttackedMesh;
let store: HostileStore;
const doors: Door[] = [];
let started: Promise<unknown> = Promise.resolve();
/** In force when the others are tried. */
let open: Manifest;
let generation = 0;

beforeAll(async () => {
  mesh = await startAttackedMesh();
  store = await HostileStore.start(mesh.store);
  open = await store.genuine();
  const { privateKey: strangers } = await generateKeyPair('ES256');
  store.publish(await store.sign(open, strangers), open.generation);
  started = Promise.all(
    EACH.map(async ({ runtime, role }) => {
      const member = await runtime.start(role, store.joinFile);
      doors.push({ name: `${runtime.name} ${role}`, role, member });
    }),
  );
});
afterAll(async () => {
  for (const { member } of doors) {
    await member.program.stop('SIGKILL');
    await member.stop();
  }
  await store?.stop();
  await mesh?.stop();
  await stopAll();
});

const routers = (): readonly Door[] => doors.filter(({ role }) => role === 'router');

/** Status and reason by door, of a request that is good in itself. */
async function asked(which: readonly Door[], id: string): Promise<Record<string, string>> {
  const answers = which.map(async ({ name, role, member }) => {
    const to = role === 'router' ? 'vault.shop.mesh' : 'www.shop.example';
    // A proof that counts once: only these need the replay store.
    const identity = role === 'router' ? await mesh.cart.strictHeadersFor(to, {}) : {};
    const headers = { 'x-test': id, ...identity };
    const answer = await call(member.url, { to, path: `${OPEN}${id}`, headers, byHost: true });
    return [name, `${answer.status} ${answer.headers['mesh-reason'] ?? 'served'}`] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

const all = (which: readonly Door[], answer: string): Record<string, string> =>
  Object.fromEntries(which.map(({ name }) => [name, answer]));

const becomes = (answer: string, which: readonly Door[] = doors): Promise<void> =>
  vi.waitFor(async () => expect(await asked(which, 'wait')).toEqual(all(which, answer)), {
    timeout: 20_000,
    interval: 200,
  });

/** Asked now, all refuse with this, and the service gets nothing. */
async function refuse(answer: string, which: readonly Door[] = doors): Promise<void> {
  const id = crypto.randomUUID();
  expect(await asked(which, id)).toEqual(all(which, answer));
  expect(mesh.upstream.of(id)).toEqual([]);
}

/** Everybody has had this manifest, and still refuses with `answer`. */
async function rejected(jws: string, generation: number, answer: string): Promise<void> {
  store.publish(jws, generation);
  await vi.waitFor(
    async () => {
      await refuse(answer);
      expect(store.handedTo.size).toBe(doors.length);
    },
    { timeout: 20_000, interval: 100 },
  );
}

/** @param mesh settings that are others than those of the real store */
async function reopened(more: Partial<Manifest['mesh']> = {}): Promise<void> {
  generation += 10;
  store.publish(await store.sign({ ...open, generation, mesh: { ...open.mesh, ...more } }), generation);
  await becomes('200 served');
}

test('signed by somebody else, from the start: nothing is decided, nothing goes on', async () => {
  // Elsewhere a member says that it is ready only when it has something to decide by.
  const soon = EACH.filter(({ runtime }) => runtime.name === 'workerd').length;
  await vi.waitFor(
    async () => {
      await refuse('503 snapshot_unavailable');
      expect([doors.length, store.handedTo.size]).toEqual([soon, EACH.length]);
    },
    { timeout: 40_000, interval: 200 },
  );
});

test('then signed well: it is served', async () => {
  store.publish(await store.sign(open), open.generation);
  await started;
  await becomes('200 served');
});

test('a policy closes; older, altered and badly signed manifests do not open again', async () => {
  const before = await store.sign(open);
  await mesh.store.post('/v1/apply', [CLOSED]);
  const closed = await store.genuine();
  expect(closed.generation).toBeGreaterThan(open.generation);
  store.publish(await store.sign(closed), closed.generation);
  await becomes('403 permission_denied');

  const newer = { ...open, generation: closed.generation + 5 };
  const { privateKey: strangers } = await generateKeyPair('ES256');
  const [head, , signature] = before.split('.');
  const altered = `${head}.${Buffer.from(JSON.stringify(newer)).toString('base64url')}.${signature}`;
  const attempts = {
    'rolled back': [before, open.generation],
    'another of the same number': [await store.sign({ ...open, generation: closed.generation }), -1],
    'newer, in the name of the key': [await store.sign(newer, strangers), newer.generation],
    'altered under a good signature': [altered, newer.generation],
  } as const;
  for (const [jws, generation] of Object.values(attempts)) await rejected(jws, generation, '403 permission_denied');
});

test('strict, and the replay store does not answer: refused until it does', async () => {
  generation = (await store.genuine()).generation;
  await reopened({ replayProtection: 'strict' });
  store.forgetsProofs = true;
  await refuse('503 token_replayed', routers());
  store.forgetsProofs = false;
  await becomes('200 served');
});

test('no word from the policy store for too long: refused until there is', async () => {
  await reopened({ staleness: { soft: 500, hard: 1_500 } });
  store.isDown = true;
  store.publish('', 0);
  await becomes('503 snapshot_stale');
  await refuse('503 snapshot_stale');
  store.isDown = false;
  await reopened();
});

/** A DENY for everybody. */
const CLOSED = {
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name: 'closed', namespace: 'shop' },
  spec: { targetRefs: [{ group: '', kind: 'Service', name: 'vault' }], action: 'DENY', rules: [{}] },
};
