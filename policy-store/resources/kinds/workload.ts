import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem, repeated } from '../schema/check.ts';
import { fields } from '../schema/fields.ts';
import { publicKey } from '../schema/public-key.ts';

const spec = fields(
  {
    keys: z.array(publicKey).max(16).exactOptional(),
    spiffeId: z.string().min(1).max(2048).exactOptional(),
  },
  {
    federation: 'register a public key under spec.keys',
    joinTokens: 'register a public key under spec.keys',
  },
).check((ctx) => {
  const { keys = [] } = ctx.value;
  for (const i of repeated(keys, (key) => key.kid))
    problem(ctx, ['keys', i, 'kid'], 'is used twice: every key needs its own');
  for (const i of repeated(keys, (key) => `${key.x}.${key.y}`))
    problem(ctx, ['keys', i], 'is listed twice: remove one');
});

export type WorkloadSpec = z.infer<typeof spec>;

/** Who may call: the registered public keys of a caller, and the SPIFFE ID that they prove. */
export const WORKLOAD = defineKind<WorkloadSpec>({
  group: 'gossamer.mesh',
  versions: ['v1'],
  kind: 'Workload',
  plural: 'workloads',
  shortNames: ['wl'],
  spec,
});
