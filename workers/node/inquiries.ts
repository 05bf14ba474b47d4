import type { SnapshotReader, StorePorts } from '../../policy-store/index.ts';
import {
  createFollower,
  explain,
  type Log,
  loadGateway,
  type SnapshotFollower,
  whatCan,
  whoCan,
} from '../../router/index.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';

/** Lets the policy store answer with the router's own decisions, on the snapshot as routers read it. */
export function inquiries(
  manifestKeys: () => Promise<JsonWebKey[]>,
  log: Log,
): Required<Pick<StorePorts, 'explain' | 'whoCan' | 'whatCan'>> {
  let follower: SnapshotFollower | undefined;
  async function newest(read: SnapshotReader) {
    follower ??= createFollower(
      {
        clock: systemClock,
        random: systemRandom,
        // The rest of a snapshot's coming into force is not of interest here.
        log: (level, message, fields) => (level === 'info' ? undefined : log(level, message, fields)),
        source: {
          manifest: () => read.manifest(),
          chunk: (hash) => read.chunk(hash),
          hopKey: unusedKey,
          endorsements: () => read.endorsements(),
        },
      },
      { manifestKeys: await manifestKeys(), routerId: 'explain', gateways: loadGateway, signsNothing: true },
    );
    await follower.refresh(0);
    const snapshot = follower.current(systemClock.now());
    if (typeof snapshot === 'string') throw new Error(`explain has no snapshot: ${follower.status().lastError}`);
    return snapshot;
  }
  return {
    explain: async (read, ask) => explain(await newest(read), ask),
    whoCan: async (read, ask, known) => whoCan(await newest(read), ask, known),
    whatCan: async (read, ask, services) => whatCan(await newest(read), ask, services),
  };
}

/** A follower signs with some key; this one never leaves the process and signs nothing. */
async function unusedKey(): Promise<JsonWebKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return Object.assign(await crypto.subtle.exportKey('jwk', privateKey), { kid: 'unused', alg: 'ES256' });
}
