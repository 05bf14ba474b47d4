import { MemoryCounters } from '../counters/memory-counters.ts';
import { systemClock } from '../platform/clock.ts';
import { storeReplay } from '../store-client/replay.ts';
import { storeSource } from '../store-client/source.ts';
import { AdminListener } from './admin-listener.ts';
import type { DataFolder } from './data-folder.ts';
import { DataPlane, type Door, openDoor } from './data-plane.ts';
import type { Voice } from './log.ts';
import type { Options } from './options.ts';
import { countersOf, newRouterId, type Program, recorderOf, type StoreAccess } from './program.ts';
import { type StoreRole, startStoreRole } from './store-role.ts';
import { Timer } from './timer.ts';

/** Policy store, router and gateway in this process. @throws StartError, StoreStartError */
export async function startDev(options: Options, folder: DataFolder, voice: Voice): Promise<Program> {
  const { host } = options;
  // All sockets first: a port that is in use should be said at once, and before anything is applied.
  const admin = await AdminListener.open(host, options.adminPort);
  const router = await openDoor({ host, port: options.routerPort }, '--router-port', voice);
  const gateway = await openDoor({ host, port: options.gatewayPort }, '--gateway-port', voice);
  const role = await startStoreRole(admin, folder, options, voice);
  const plane = planeOf(role, { router, gateway }, options, voice);
  await plane.start();
  return {
    ready: { gateway: gateway.url, router: router.url, admin: role.url, adminTokenFile: role.adminTokenFile },
    stop: async (times) => {
      admin.leave();
      const cut = await plane.stop(times);
      await role.stop();
      return cut;
    },
  };
}

/** The store alone. @throws StartError, StoreStartError */
export async function startStore(options: Options, folder: DataFolder, voice: Voice): Promise<Program> {
  const admin = await AdminListener.open(options.host, options.adminPort);
  const role = await startStoreRole(admin, folder, options, voice);
  return {
    ready: { admin: role.url, adminTokenFile: role.adminTokenFile, joinFile: role.joinFile },
    stop: async ({ delay }) => {
      admin.leave();
      if (delay > 0) await new Timer(delay).over;
      await role.stop();
      return 0;
    },
  };
}

function planeOf(role: StoreRole, doors: { router: Door; gateway: Door }, options: Options, voice: Voice): DataPlane {
  const routerId = newRouterId();
  const { store, url, routerToken: token, manifestKeys } = role;
  // The same API as every other router uses, without the way over the network.
  const access: StoreAccess = { url, token, fetch: (to, init) => store.fetch(new Request(to, init)) };
  const source = storeSource({ ...access, routerId, role: 'router', runtime: 'node' });
  return new DataPlane({
    doors,
    source,
    replay: storeReplay(access),
    // This process is the whole mesh, unless it is told otherwise.
    counters: countersOf(process.env) ?? new MemoryCounters(systemClock),
    region: process.env.GOSSAMER_REGION,
    manifestKeys,
    routerId,
    recorder: recorderOf(routerId, access, options, voice),
    voice,
  });
}
