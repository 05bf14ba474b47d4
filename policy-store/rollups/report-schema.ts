import * as z from 'zod';
import { DECISIONS_PER_REPORT } from '../../snapshot/decision.ts';
import { DURATION_BUCKETS, LIMIT_SERIES_LIMIT, SERIES_LIMIT } from '../../snapshot/telemetry.ts';
import { decisionRecord } from '../decisions/record-schema.ts';

const label = z.string().min(1).max(2048);
const amount = z.int().min(0);

/** What routers push (snapshot/telemetry.ts), as strict as its bounds: a report is made by our own routers. */
export const telemetryReport = z.strictObject({
  router: z.string().min(1).max(128),
  sequence: amount,
  series: z
    .array(
      z.strictObject({
        labels: z.strictObject({
          reporter: z.enum(['router', 'gateway']),
          source: label,
          destination: label,
          backend: label,
          route: label,
          method: z.string().min(1).max(64),
          code: z.string().regex(/^[a-z0-9_]{1,16}$/),
          reason: z.string().regex(/^[a-z_]{1,64}$/),
        }),
        requests: amount,
        retries: amount,
        shadowFlips: amount.exactOptional(),
        durationSum: z.number().min(0),
        durationBuckets: z.array(amount).length(DURATION_BUCKETS.length + 1),
      }),
    )
    .max(SERIES_LIMIT + 1),
  limits: z
    .array(z.strictObject({ limit: label, outcome: z.enum(['refused', 'shadow', 'unknown']), requests: amount }))
    .max(LIMIT_SERIES_LIMIT + 3)
    .exactOptional(),
  decisions: z.array(decisionRecord).max(DECISIONS_PER_REPORT).exactOptional(),
});
