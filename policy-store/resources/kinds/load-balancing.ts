import * as z from 'zod';
import { problem, repeated } from '../schema/check.ts';
import { durationWithin } from '../schema/duration.ts';
import { choice, fields } from '../schema/fields.ts';
import { cookieName, headerName, label } from '../schema/text.ts';

const KEY = {
  header: headerName.exactOptional(),
  cookie: cookieName.exactOptional(),
  principal: z.literal(true, { error: 'must be true' }).exactOptional(),
};

function exactlyOne<T extends object>(ctx: z.core.ParsePayload<T>, names: string): void {
  if (Object.keys(ctx.value).length !== 1) problem(ctx, [], `must have exactly one of ${names}`);
}

/** What the choice among weighted backends is bound to, so that one client stays on one version. */
export const sticky = fields(KEY).check((ctx) => exactlyOne(ctx, 'header, cookie and principal'));

/** Among endpoints also a parameter of the query. */
const consistentHash = fields({ ...KEY, query: z.string().min(1).max(256).exactOptional() }).check((ctx) =>
  exactlyOne(ctx, 'header, cookie, principal and query'),
);

/** Which endpoint of a Service gets a request. */
export const loadBalancing = fields({
  type: choice(['PeakEwma', 'RoundRobin', 'Random', 'LeastRequest', 'ConsistentHash']).exactOptional(),
  consistentHash: consistentHash.exactOptional(),
  /** Time over which a new endpoint gets its share. */
  slowStart: fields({ window: durationWithin('1s', '1h') }).exactOptional(),
  /** Regions in the order they are asked in, after the router's own. */
  regions: z.array(label).min(1).max(32).exactOptional(),
}).check((ctx) => {
  const { type, consistentHash: hash, regions = [] } = ctx.value;
  if ((type === 'ConsistentHash') !== (hash !== undefined)) {
    const message = hash === undefined ? 'is required with type ConsistentHash' : 'goes with type ConsistentHash only';
    problem(ctx, ['consistentHash'], message, hash === undefined ? 'missing-field' : 'invalid-value');
  }
  for (const i of repeated(regions, (region) => region)) problem(ctx, ['regions', i], 'is listed twice');
});

export type StickySpec = z.infer<typeof sticky>;
export type HashSpec = z.infer<typeof consistentHash>;
export type LoadBalancingSpec = z.infer<typeof loadBalancing>;
