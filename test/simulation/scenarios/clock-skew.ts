import { THEN } from '../../../router/identity/caller.fake.ts';
import { percent, type Scenario } from '../scenario.ts';
import { endpoints, routers } from '../world/orders.ts';
import { EPOCH } from '../world/virtual-time.ts';
import { World } from '../world/world.ts';

const HOUR = 3_600_000;
/** Clocks of callers and routers may differ by 5 s: what tokens allow for. */
const SKEW = 4500;
/** How long callers give the mesh, milliseconds. */
const PATIENCE = 10_000;

/** Headers of a caller whose clock is right: who it is, and until when it waits. New proofs every 15 s. */
async function credentials(world: World): Promise<() => string[]> {
  const { caller } = world.publisher;
  const wit = await caller.wit();
  const proofs: string[] = [];
  for (let n = 0; n < 20; n++) {
    const exp = THEN + n * 15 + 30;
    proofs.push(await caller.wpt(await caller.wptClaims(wit, { exp, jti: `proof-${n}` })));
  }
  return () => {
    const proof = proofs[Math.floor(world.time.now / 15_000)] as string;
    const deadline = Math.floor(EPOCH + world.time.now + PATIENCE);
    return ['workload-identity-token', wit, 'workload-proof-token', proof, 'mesh-deadline', String(deadline)];
  };
}

/** One endpoint of ten fails always, so that retries, breakers and their times are in play. */
export const clockSkew: Scenario = {
  name: 'clocks of routers are wrong, 1 of 10 endpoints fails',
  run: (seed) =>
    World.run(
      { seed, routers: routers(20), services: { 'shop/orders': { endpoints: endpoints(10) } } },
      async (world) => {
        const headers = await credentials(world);
        for (const [n, router] of world.routers.entries()) router.skew = n % 2 === 0 ? SKEW : -SKEW;
        world.endpoint('e1').fault = () => ({ status: 503 });
        const stop = world.load(25, () => ({ headers: headers() }));
        const skewed = await world.look(30);
        stop();
        // From here on callers without identity: a proof is not good at a router that is an hour away.
        world.load(25);
        await world.pass(2);
        for (const router of world.routers) router.skew = -HOUR;
        const setBack = await world.look(20);
        for (const router of world.routers) router.skew = 2 * HOUR;
        let until = 0;
        while (until < 120 && (await world.look(1)).errors > 0.01) until++;
        return [
          percent('errors where clocks differ by 4.5 s', skewed.errors, { atMost: 0.1 }),
          percent('errors when they are set back by an hour', setBack.errors, { atMost: 0.1 }),
          percent('growth of the load then', setBack.growth, { atMost: 10 }),
          {
            what: 'after a leap of two hours: until the policy store has confirmed the snapshot',
            value: until,
            unit: 's',
            atMost: 27,
          },
        ];
      },
    ),
};
