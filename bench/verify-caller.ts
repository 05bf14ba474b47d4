import { AUDIENCE, callAs, FakeCaller, NOW, newVerifier } from '../router/identity/caller.fake.ts';

/**
 * What establishing a caller costs that is known already: a proof that is sent again, and a bearer token. Prints the best
 * of some rounds, in nanoseconds: `npm run bench:caller`.
 */

const ROUNDS = 15;
const CALLS = 500_000;

const caller = await FakeCaller.create();
const { snapshot } = caller;
const verifier = newVerifier();

async function best(authorization: string | undefined, proof: boolean): Promise<string> {
  const call = callAs({ service: { chunk: { authn: 'bearer' } } });
  const credentials = proof ? await caller.credentials() : { wit: [], wpt: [], authorization };
  await verifier.verify(credentials, AUDIENCE, snapshot, NOW, call);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) verifier.verify(credentials, AUDIENCE, snapshot, NOW, call);
    least = Math.min(least, ((performance.now() - start) / CALLS) * 1e6);
  }
  return `${least.toFixed(0)} ns`;
}

process.stdout.write(`proof that is sent again  ${await best(undefined, true)}\n`);
process.stdout.write(`bearer token              ${await best(`Bearer ${await caller.svid()}`, false)}\n`);
