import * as z from 'zod';
import { problem } from '../schema/check.ts';
import { fields } from '../schema/fields.ts';
import { backendObject } from './backend-ref.ts';

/** A copy of requests to another Service, whose answers nobody reads (Gateway API HTTPRequestMirrorFilter). */
export const requestMirror = fields({
  backendRef: backendObject,
  percent: z.int().min(0).max(100).exactOptional(),
  fraction: fields({
    numerator: z.int().min(0).max(2_147_483_647),
    denominator: z.int().min(1).max(2_147_483_647).exactOptional(),
  }).exactOptional(),
}).check((ctx) => {
  const { percent, fraction } = ctx.value;
  if (percent !== undefined && fraction !== undefined) problem(ctx, ['fraction'], 'does not go with percent: keep one');
  if (fraction !== undefined && fraction.numerator > (fraction.denominator ?? 100)) {
    problem(ctx, ['fraction', 'numerator'], 'is larger than the denominator', 'out-of-range');
  }
});

export type RequestMirrorSpec = z.infer<typeof requestMirror>;
