import { DiskCache } from '../platform/disk-cache.ts';
import { storeReplay } from '../store-client/replay.ts';
import { storeSource } from '../store-client/source.ts';
import type { DataFolder } from './data-folder.ts';
import { DataPlane, type Doors, openDoor } from './data-plane.ts';
import { findJoin } from './join-file.ts';
import type { Voice } from './log.ts';
import { OpsListener } from './ops-listener.ts';
import type { Options } from './options.ts';
import { countersOf, newRouterId, type Program, recorderOf, type StoreAccess } from './program.ts';

/** A router or a gateway of a policy store elsewhere. Resolves when it has a snapshot to serve by. @throws StartError */
export async function startMember(options: Options, folder: DataFolder, voice: Voice): Promise<Program> {
  const { host, command, reusePort } = options;
  const role = command === 'gateway' ? 'gateway' : 'router';
  const join = findJoin(options.join, process.env);
  const counters = countersOf(process.env);
  let plane: DataPlane | undefined;
  const ops = await OpsListener.open(host, options.opsPort, () => plane);
  const port = role === 'gateway' ? options.gatewayPort : options.routerPort;
  const door = await openDoor({ host, port, reusePort }, `--${role}-port`, voice);
  const doors: Doors = role === 'gateway' ? { gateway: door } : { router: door };
  const routerId = newRouterId();
  const access: StoreAccess = { url: join.store, token: join.token, fetch };
  plane = new DataPlane({
    doors,
    reusePort,
    source: storeSource({ ...access, routerId, role, runtime: 'node' }),
    replay: storeReplay(access),
    counters,
    region: process.env.GOSSAMER_REGION,
    cache: new DiskCache(folder.at(role)),
    manifestKeys: join.manifestKeys,
    routerId,
    recorder: recorderOf(routerId, access, options, voice),
    voice,
  });
  const serving = plane;
  await serving.start();
  return {
    ready: { [role]: door.url, ops: ops.url },
    stop: async (times) => {
      const cut = await serving.stop(times);
      ops.close();
      return cut;
    },
  };
}
