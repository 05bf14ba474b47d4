import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { pattern } from '../schema/call-patterns.ts';
import { problem } from '../schema/check.ts';
import { durationWithin } from '../schema/duration.ts';
import { fields } from '../schema/fields.ts';
import { percent } from './breaker.ts';
import { trafficTarget } from './traffic-target.ts';

const abort = fields({
  status: z.int().min(400).max(599).exactOptional(),
  /** For callers that do not speak gRPC: 503. */
  grpcStatus: z.int().min(1).max(16).exactOptional(),
  percent: percent.exactOptional(),
}).check((ctx) => {
  const { status, grpcStatus } = ctx.value;
  if ((status === undefined) === (grpcStatus === undefined)) {
    problem(ctx, [], 'must have exactly one of status and grpcStatus');
  }
});

const spec = fields({
  /** None: it holds where a rule of a route names it (ExtensionRef). */
  targetRefs: z
    .array(trafficTarget({ sectionName: 'name the FaultInjection in the rule itself, by an ExtensionRef filter' }))
    .min(1)
    .max(16)
    .exactOptional(),
  delay: fields({ fixed: durationWithin('1ms', '5m'), percent: percent.exactOptional() }).exactOptional(),
  abort: abort.exactOptional(),
  /** Callers with these principals say by header what they want done to their request. */
  byHeader: fields({ principals: z.array(pattern).min(1).max(64) }).exactOptional(),
}).check((ctx) => {
  const { delay, abort: aborted, byHeader } = ctx.value;
  if (delay === undefined && aborted === undefined && byHeader === undefined) {
    problem(ctx, [], 'must have delay, abort or byHeader');
  }
  if (byHeader !== undefined && (delay !== undefined || aborted !== undefined)) {
    problem(
      ctx,
      ['byHeader'],
      'stands alone: the header says what to do. Put delay and abort into another FaultInjection',
    );
  }
});

export type FaultInjectionSpec = z.infer<typeof spec>;

/** Trouble on purpose: requests are delayed, or answered in place of the service. Targets are in its namespace. */
export const FAULT_INJECTION = defineKind<FaultInjectionSpec>({
  group: 'gossamer.mesh',
  versions: ['v1'],
  kind: 'FaultInjection',
  plural: 'faultinjections',
  shortNames: ['fi'],
  spec,
});
