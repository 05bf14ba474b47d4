import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem, repeated } from '../schema/check.ts';
import { federationRule } from '../schema/federation.ts';
import { fields } from '../schema/fields.ts';
import { publicKey } from '../schema/public-key.ts';

const spec = fields(
  {
    keys: z.array(publicKey).max(16).exactOptional(),
    spiffeId: z.string().min(1).max(2048).exactOptional(),
    federation: z.array(federationRule).max(16).exactOptional(),
  },
  {
    joinTokens: 'join tokens are not written down: make one with `gossamer identity join`',
  },
).check((ctx) => {
  const { keys = [] } = ctx.value;
  for (const i of repeated(keys, (key) => key.kid))
    problem(ctx, ['keys', i, 'kid'], 'is used twice: every key needs its own');
  for (const i of repeated(keys, (key) => `${key.x}.${key.y}`))
    problem(ctx, ['keys', i], 'is listed twice: remove one');
});

export type WorkloadSpec = z.infer<typeof spec>;

/** Who may call: what proves a caller (registered public keys, the word of outside issuers), and the SPIFFE ID it has then. */
export const WORKLOAD = defineKind<WorkloadSpec>({
  group: 'gossamer.mesh',
  versions: ['v1'],
  kind: 'Workload',
  plural: 'workloads',
  shortNames: ['wl'],
  spec,
});
