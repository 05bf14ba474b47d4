import { DecisionLog } from '../../router/telemetry/decision-log.ts';
import { MetricsAggregator } from '../../router/telemetry/metrics-aggregator.ts';
import { recordOf } from '../../router/telemetry/record.fake.ts';
import type { Row } from '../rows.ts';
import { allTimed, type Effort } from './timed.ts';

/** What keeping a decision costs a request, beside counting it. */
export function measureDecisionLog(effort: Effort): Promise<Row[]> {
  const records = Array.from({ length: 1_024 }, (_, n) =>
    recordOf({ decisionId: (n * 2_654_435_761).toString(16).padStart(32, '0').slice(-32) }),
  );
  const metrics = new MetricsAggregator();
  const decisions = new DecisionLog();
  let next = 0;
  const record = () => records[next++ & 1_023] as (typeof records)[number];
  const report = (): number => {
    for (let n = 0; n < 500; n++) decisions.add(recordOf({ decisionId: 'ab'.repeat(16), reason: 'permission_denied' }));
    return JSON.stringify(decisions.drain()).length;
  };
  return allTimed(
    [
      { name: 'count a request', unit: 'ns', run: () => metrics.record(record()) },
      { name: 'keep its decision', unit: 'ns', run: () => decisions.add(record()) },
      { name: 'a report of 400 decisions', unit: 'us', run: report },
    ],
    effort,
  );
}
