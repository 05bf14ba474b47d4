import { HeaderList } from '../../router/headers.ts';
import type { Draw } from '../../router/resilience/rate-draw.ts';
import { tellLimits } from '../../router/resilience/rate-headers.ts';
import { createRates, type Judged } from '../../router/resilience/rates.ts';
import type { RateLimit } from '../../snapshot/route.ts';
import type { Row } from '../rows.ts';
import { allTimed, type Effort, type Timed } from './timed.ts';

const CALLERS = Array.from({ length: 1_000 }, (_, n) => `spiffe://mesh.local/ns/shop/sa/caller-${n}`);

const limit = (name: string, per: RateLimit['per']): RateLimit => ({
  name,
  requests: 1_000_000_000,
  window: 1_000,
  burst: 1_000_000_000,
  per,
  mode: 'enforce',
  scope: 'local',
  onFailure: 'allow',
});

const clock = { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => {} };
const rates = createRates({ clock, log: () => {} });

function take(limits: readonly RateLimit[], n: number): readonly Draw[] {
  const draws: Draw[] = [];
  for (const one of limits) {
    const who = one.per === 'service' ? '' : (CALLERS[n % CALLERS.length] as string);
    draws.push(rates.draw(one, 'shop/orders', who));
  }
  const judged = rates.take(draws, 'mesh.local') as Judged;
  if (judged.refusedBy !== undefined) throw new Error('nobody is to be refused here');
  return draws;
}

/** What rate limits cost a request that passes. */
export function measureLimitRate(effort: Effort): Promise<Row[]> {
  const [service, caller] = [limit('everyone', 'service'), limit('each-caller', 'caller')];
  let turn = 0;
  const ns = (name: string, run: () => unknown): Timed => ({ name, unit: 'ns', run });
  return allTimed(
    [
      ns('the clock alone, read twice', () => clock.monotonic() + clock.monotonic()),
      ns('limit for the service', () => take([service], turn++)),
      ns('limit for each of 1,000 callers', () => take([caller], turn++)),
      ns('both limits', () => take([service, caller], turn++)),
      ns('both limits, and their headers', () =>
        tellLimits(new HeaderList(), take([service, caller], turn++), clock.monotonic()),
      ),
    ],
    effort,
  );
}
