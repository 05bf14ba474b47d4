import * as z from 'zod';
import { problem, repeated } from '../schema/check.ts';
import { durationWithin } from '../schema/duration.ts';
import { choice, fields } from '../schema/fields.ts';
import { headerName, label } from '../schema/text.ts';

/** Their values would stand in memory, and in the counter store, as the names of counts. */
const SECRET = /^(?:(?:proxy-)?authorization|cookie|workload-.*|(?:x-)?mesh-.*)$/i;

const keyHeader = headerName.refine((name) => !SECRET.test(name), {
  message: 'names a header that carries a secret, or is the mesh’s own: count by another one',
});

const PER = 'must be service, caller or { header: NAME }';

const rateLimit = fields({
  /** Names the limit in answers, metrics and decisions. */
  name: label,
  requests: z.int().min(1).max(1_000_000_000),
  window: durationWithin('100ms', '24h'),
  /** So many at once; unset: as many as `requests`. */
  burst: z.int().min(1).max(1_000_000_000).exactOptional(),
  per: z.union([z.enum(['service', 'caller']), fields({ header: keyHeader })], { error: PER }).exactOptional(),
  mode: choice(['enforce', 'shadow']).exactOptional(),
  scope: choice(['local', 'global']).exactOptional(),
  onFailure: choice(['allow', 'refuse']).exactOptional(),
}).check((ctx) => {
  const { scope, onFailure } = ctx.value;
  if (onFailure === undefined || scope === 'global') return;
  problem(ctx, ['onFailure'], 'goes with scope: global only: a router can always ask itself');
});

/** How many requests are let in: all of them must have room. */
export const rateLimits = z
  .array(rateLimit)
  .min(1)
  .max(16)
  .check((ctx) => {
    for (const i of repeated(ctx.value, ({ name }) => name)) problem(ctx, [i, 'name'], 'is used twice: rename one');
  });

export type RateLimitSpec = z.infer<typeof rateLimit>;
