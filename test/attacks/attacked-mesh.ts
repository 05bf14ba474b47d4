import type { Caller } from '../blackbox/policy-store.ts';
import type { Member, Role, Runtime } from '../blackbox/runtimes.ts';
import { attackedDocuments } from './documents.ts';
import { OpenStore } from './open-store.ts';
import { RecordingUpstream } from './recording-upstream.ts';

/** Policy store and service, the same for all runtimes of a file. */
export interface AttackedMesh {
  readonly store: OpenStore;
  readonly upstream: RecordingUpstream;
  readonly cart: Caller;
  readonly thief: Caller;
  readonly baker: Caller;
  stop(): Promise<void>;
}

export async function startAttackedMesh(): Promise<AttackedMesh> {
  const [store, upstream] = await Promise.all([OpenStore.start(), RecordingUpstream.start()]);
  await store.post('/v1/apply', attackedDocuments(upstream.port));
  const enrol = (name: string): Promise<Caller> => store.enrol('shop', name);
  const [cart, thief, baker] = await Promise.all([enrol('cart'), enrol('thief'), enrol('baker')]);
  return {
    store,
    upstream,
    cart,
    thief,
    baker,
    stop: async () => {
      upstream.stop();
      await store.stop();
    },
  };
}

/** The doors of one runtime. */
export interface Doors {
  readonly router: Member;
  readonly gateway: Member;
}

export async function openDoors(runtime: Runtime, { store }: Pick<AttackedMesh, 'store'>): Promise<Doors> {
  const start = (role: Role): Promise<Member> => runtime.start(role, store.joinFile);
  const [router, gateway] = await Promise.all([start('router'), start('gateway')]);
  return { router, gateway };
}

/** At once: some runtimes wait for connections that an attack has left hanging. */
export async function closeDoors(doors: Doors | undefined): Promise<void> {
  for (const member of doors === undefined ? [] : [doors.router, doors.gateway]) {
    await member.program.stop('SIGKILL');
    await member.stop();
  }
}
