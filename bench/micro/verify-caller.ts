import { AUDIENCE, callAs, FakeCaller, NOW, newVerifier } from '../../router/identity/caller.fake.ts';
import type { Row } from '../rows.ts';
import { allTimed, type Effort } from './timed.ts';

/** Distinct proofs that none of the rounds has seen. */
const UNSEEN = 4_096;
const WORKLOADS = 16;

/** What establishing a caller costs: one that is remembered, and two signatures that are not. */
export async function measureVerifyCaller(effort: Effort): Promise<Row[]> {
  const caller = await FakeCaller.create();
  const { snapshot } = caller;
  const call = callAs({ service: { chunk: { authn: 'bearer' } } });
  const known = newVerifier();
  const proof = await caller.credentials();
  const bearer = { wit: [], wpt: [], authorization: `Bearer ${await caller.svid()}` };
  for (const credentials of [proof, bearer]) await known.verify(credentials, AUDIENCE, snapshot, NOW, call);

  const wits = await Promise.all(Array.from({ length: WORKLOADS }, (_, n) => caller.wit(caller.witClaims({ jti: n }))));
  const unseen = await Promise.all(
    Array.from({ length: UNSEEN }, async (_, n) => {
      const wit = wits[n % WORKLOADS] as string;
      return { wit: [wit], wpt: [await caller.wpt(await caller.wptClaims(wit, { jti: `p${n}` }))] };
    }),
  );
  // It forgets each proof before its turn comes again, and keeps the few identities.
  const forgetful = newVerifier({ cacheSize: WORKLOADS * 2 });
  let turn = 0;
  const miss = async (): Promise<void> => {
    const credentials = unseen[turn++ % UNSEEN] as (typeof unseen)[number];
    const proven = await forgetful.verify({ ...credentials, authorization: undefined }, AUDIENCE, snapshot, NOW, call);
    if ('reason' in proven) throw new Error(proven.detail);
  };
  return allTimed(
    [
      {
        name: 'caller, proof that is sent again',
        unit: 'ns',
        run: () => known.verify(proof, AUDIENCE, snapshot, NOW, call),
      },
      {
        name: 'caller, bearer token that is sent again',
        unit: 'ns',
        run: () => known.verify(bearer, AUDIENCE, snapshot, NOW, call),
      },
      { name: 'caller, new proof of a known identity', unit: 'us', run: miss },
    ],
    effort,
  );
}
