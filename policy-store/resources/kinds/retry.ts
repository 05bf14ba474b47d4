import * as z from 'zod';
import { byteSize, bytes } from '../schema/byte-size.ts';
import { problem } from '../schema/check.ts';
import { duration, durationWithin, milliseconds, parseDuration } from '../schema/duration.ts';
import { fields } from '../schema/fields.ts';
import { percent } from './breaker.ts';

/** Further tries that a service may be sent, in the words of the Gateway API's retry constraint. */
const budget = fields({
  percent: percent.exactOptional(),
  interval: durationWithin('1s', '10m').exactOptional(),
  minRetryRate: fields({
    count: z.int().min(0).max(1_000_000),
    interval: durationWithin('1s', '1h').exactOptional(),
  }).exactOptional(),
});

const hedging = fields({
  delay: z
    .string()
    .refine((text) => text === 'p95' || (parseDuration(text) ?? 0) > 0, {
      message: 'must be p95, or a duration such as "100ms"',
    })
    .exactOptional(),
});

/** More would be held in memory for every request that is under way. */
const MAX_REPLAY = 1_048_576;

export const retry = fields(
  {
    /** Tries after the first; 0 turns retries off. */
    attempts: z.int().min(0).max(10).exactOptional(),
    backoff: fields({ base: duration.exactOptional(), max: duration.exactOptional() }).exactOptional(),
    codes: z.array(z.int().min(400).max(599)).min(1).max(64).exactOptional(),
    /** True lets requests of unknown outcome (a POST that may have been processed) be sent again. */
    unsafe: z.boolean().exactOptional(),
    budget: budget.exactOptional(),
    /** A second try beside the first, when that is slow. */
    hedging: hedging.exactOptional(),
    /** Bytes of a body that are kept to be sent again. */
    replayCap: byteSize.exactOptional(),
  },
  { perTryTimeout: 'use timeouts.backendRequest' },
).check((ctx) => {
  const { backoff: { base, max } = {}, replayCap } = ctx.value;
  if (milliseconds(base ?? '25ms') > milliseconds(max ?? '60s'))
    problem(ctx, ['backoff', 'max'], 'is shorter than base');
  if (bytes(replayCap ?? 0) > MAX_REPLAY) problem(ctx, ['replayCap'], 'must be at most 1Mi', 'out-of-range');
});

export type RetrySpec = z.infer<typeof retry>;
