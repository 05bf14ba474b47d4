import * as z from 'zod';
import { problem } from '../schema/check.ts';
import { durationWithin, milliseconds } from '../schema/duration.ts';
import { fields } from '../schema/fields.ts';

/** Whole percent. */
export const percent = z.int().min(0).max(100);

const open = fields({
  base: durationWithin('100ms', '10m').exactOptional(),
  max: durationWithin('100ms', '1h').exactOptional(),
}).check((ctx) => {
  const { base = '1s', max = '1h' } = ctx.value;
  if (milliseconds(base) > milliseconds(max)) problem(ctx, ['max'], 'is shorter than base');
});

/** When an endpoint gets no requests for a while. */
export const breaker = fields({
  /** Failures in a row that open it; 0: no row of failures does. */
  consecutiveFailures: z.int().min(0).max(1000).exactOptional(),
  /** Answers that are failures, beside none at all. */
  codes: z.array(z.int().min(500).max(599)).max(32).exactOptional(),
  successRate: fields({
    percent: z.int().min(1).max(100).exactOptional(),
    interval: durationWithin('1s', '10m').exactOptional(),
    minRequests: z.int().min(1).max(100_000).exactOptional(),
  }).exactOptional(),
  open: open.exactOptional(),
});

/** Envoy's outlier detection, in Istio's words; unset members are Envoy's defaults. */
export const outlierDetection = fields({
  consecutive5xxErrors: z.int().min(1).max(1000).exactOptional(),
  interval: durationWithin('1s', '1h').exactOptional(),
  baseEjectionTime: durationWithin('100ms', '1h').exactOptional(),
  maxEjectionTime: durationWithin('100ms', '24h').exactOptional(),
  maxEjectionPercent: percent.exactOptional(),
}).check((ctx) => {
  const { baseEjectionTime: base = '30s', maxEjectionTime: max = '24h' } = ctx.value;
  if (milliseconds(base) > milliseconds(max)) problem(ctx, ['maxEjectionTime'], 'is shorter than baseEjectionTime');
});

export type BreakerSpec = z.infer<typeof breaker>;
export type OutlierSpec = z.infer<typeof outlierDetection>;
