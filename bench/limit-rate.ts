import { HeaderList } from '../router/headers.ts';
import type { Draw } from '../router/resilience/rate-draw.ts';
import { tellLimits } from '../router/resilience/rate-headers.ts';
import { createRates, type Judged } from '../router/resilience/rates.ts';
import type { RateLimit } from '../snapshot/route.ts';

/** What rate limits cost a request that passes. Prints medians; run it on an idle machine: `npm run bench:limit`. */

const ROUNDS = 40;
const TAKES = 100_000;
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

/** Nanoseconds a request. */
function measure(run: (n: number) => void): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    for (let n = 0; n < TAKES; n++) run(n);
    return ((performance.now() - start) * 1e6) / TAKES;
  });
  return rounds.sort((a, b) => a - b)[ROUNDS / 2] as number;
}

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

const [service, caller] = [limit('everyone', 'service'), limit('each-caller', 'caller')];
const rows: readonly (readonly [string, (n: number) => void])[] = [
  ['the clock alone, read twice', () => void (clock.monotonic() + clock.monotonic())],
  ['a limit for the service', (n) => void take([service], n)],
  ['a limit for each of 1,000 callers', (n) => void take([caller], n)],
  ['both', (n) => void take([service, caller], n)],
  ['both, and their headers', (n) => tellLimits(new HeaderList(), take([service, caller], n), clock.monotonic())],
];
for (const [what, run] of rows) process.stdout.write(`${measure(run).toFixed(0).padStart(6)} ns  ${what}\n`);
