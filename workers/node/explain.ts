import type { SnapshotReader } from '../../policy-store/index.ts';
import { createFollower, explain, type Log, type SnapshotFollower } from '../../router/index.ts';
import type { ExplainRequest, Explanation } from '../../snapshot/explanation.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';

/** Lets the policy store answer with the router's own decisions, on the snapshot as routers read it. */
export function explainer(
  manifestKeys: () => Promise<JsonWebKey[]>,
  log: Log,
): (read: SnapshotReader, ask: ExplainRequest) => Promise<Explanation> {
  let follower: SnapshotFollower | undefined;
  return async (read, ask) => {
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
      { manifestKeys: await manifestKeys(), routerId: 'explain', gateways: true },
    );
    await follower.refresh(0);
    const snapshot = follower.current(systemClock.now());
    if (typeof snapshot === 'string') throw new Error(`explain has no snapshot: ${follower.status().lastError}`);
    return explain(snapshot, ask);
  };
}

/** A follower signs with some key; this one never leaves the process and signs nothing. */
async function unusedKey(): Promise<JsonWebKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return Object.assign(await crypto.subtle.exportKey('jwk', privateKey), { kid: 'unused', alg: 'ES256' });
}
