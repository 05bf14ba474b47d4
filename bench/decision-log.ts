import { bench, run, summary } from 'mitata';
import { DecisionLog } from '../router/telemetry/decision-log.ts';
import { MetricsAggregator } from '../router/telemetry/metrics-aggregator.ts';
import { recordOf } from '../router/telemetry/record.fake.ts';

/** What keeping a decision costs a request, beside counting it: `npm run bench:decisions`. */
const records = Array.from({ length: 1_024 }, (_, n) =>
  recordOf({ decisionId: (n * 2_654_435_761).toString(16).padStart(32, '0').slice(-32) }),
);
const metrics = new MetricsAggregator();
const decisions = new DecisionLog();
let next = 0;
const record = () => records[next++ & 1_023] as (typeof records)[number];

summary(() => {
  bench('count a request', () => metrics.record(record()));
  bench('keep its decision', () => decisions.add(record()));
});
bench('a report of 400 decisions', () => {
  for (let n = 0; n < 500; n++) decisions.add(recordOf({ decisionId: 'ab'.repeat(16), reason: 'permission_denied' }));
  return JSON.stringify(decisions.drain()).length;
});
await run();
