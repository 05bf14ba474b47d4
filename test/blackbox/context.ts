import { once } from 'node:events';
import { createServer } from 'node:net';
import { Login } from './login.ts';
import { meshDocuments } from './mesh.ts';
import { type Caller, PolicyStore } from './policy-store.ts';
import type { Member, Runtime } from './runtimes.ts';
import { Upstream } from './upstream.ts';

/** What the cases of one runtime run against. */
export interface Context {
  readonly runtime: Runtime;
  readonly mesh: Mesh;
  readonly router: Member;
  readonly gateway: Member;
}

/** Policy store and services, the same for all runtimes. */
export interface Mesh {
  readonly store: PolicyStore;
  readonly a: Upstream;
  readonly b: Upstream;
  readonly login: Login;
  readonly cart: Caller;
  readonly thief: Caller;
  stop(): Promise<void>;
}

export async function startMesh(): Promise<Mesh> {
  const [store, a, b, deadPort, login] = await Promise.all([
    PolicyStore.start(),
    Upstream.start('a'),
    Upstream.start('b'),
    unusedPort(),
    Login.start(),
  ]);
  await store.apply(meshDocuments(a, b, deadPort, login.issuer));
  return {
    store,
    a,
    b,
    login,
    cart: await store.enrol('shop', 'cart'),
    thief: await store.enrol('shop', 'thief'),
    stop: async () => {
      a.stop();
      b.stop();
      login.stop();
      await store.stop();
    },
  };
}

/** Taken and given back: nothing listens there, and nothing else is told to. */
export async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
