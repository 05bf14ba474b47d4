import * as z from 'zod';
import { DECISION_ATTEMPTS, DECISION_END_USER, type DecisionRecord } from '../../snapshot/decision.ts';

const word = z.string().regex(/^[a-z_]{1,64}$/);
const name = z.string().min(1).max(2048);
const text = z.string().max(8192);
const amount = z.int().min(0);
const decision = z.enum(['allow', 'deny']);

/** One decision as routers push it (snapshot/decision.ts), as strict as its bounds: a report is made by our own routers. */
export const decisionRecord = z.strictObject({
  decisionId: z.string().regex(/^[0-9a-f]{32}$/),
  at: z.number().min(0).max(8.64e15),
  duration: z.number().min(0),
  reporter: z.enum(['router', 'gateway']),
  revision: amount,
  generation: amount,
  method: z.string().max(256),
  scheme: z.string().max(16),
  authority: z.string().max(256),
  path: text,
  gateway: name.exactOptional(),
  source: name.exactOptional(),
  strength: z.enum(['bearer', 'proof', 'strict-proof', 'mtls']).exactOptional(),
  via: z.array(name).max(8).readonly().exactOptional(),
  endUser: z.string().min(1).max(DECISION_END_USER).exactOptional(),
  remoteAddress: z.string().max(64).exactOptional(),
  destination: name.exactOptional(),
  route: name.exactOptional(),
  backend: name.exactOptional(),
  attempts: z
    .array(
      z.strictObject({
        endpoint: name,
        status: z.int().min(100).max(999).exactOptional(),
        failure: word.exactOptional(),
      }),
    )
    .max(DECISION_ATTEMPTS)
    .readonly(),
  status: z.int().min(0).max(999),
  reason: word.exactOptional(),
  check: word.exactOptional(),
  detail: text.exactOptional(),
  authorization: z.strictObject({ decision, decidedBy: name, why: text }).exactOptional(),
  limits: z
    .array(z.strictObject({ limit: name, outcome: z.enum(['refused', 'shadow', 'unknown']) }))
    .max(64)
    .readonly()
    .exactOptional(),
  shadow: z.strictObject({ would: decision, decidedBy: name, flips: z.boolean() }).exactOptional(),
}) satisfies z.ZodType<DecisionRecord>;
