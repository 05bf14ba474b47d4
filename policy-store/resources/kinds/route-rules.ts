import type * as z from 'zod';
import { problem, repeated } from '../schema/check.ts';

interface Rule {
  readonly name?: string;
  readonly matches?: readonly unknown[];
}

const MAX_MATCHES = 128;

/** What holds for the rules of a route together: names of their own, and not too many matches. */
export function rulesFit<T>(ctx: z.core.ParsePayload<T>, rules: readonly Rule[]): void {
  for (const i of repeated(rules, (rule) => rule.name)) problem(ctx, ['rules', i, 'name'], 'is used twice: rename one');
  const total = rules.reduce((sum, rule) => sum + (rule.matches?.length ?? 0), 0);
  if (total <= MAX_MATCHES) return;
  const message = `have ${total} matches, at most ${MAX_MATCHES} are allowed: split the route`;
  problem(ctx, ['rules'], message, 'out-of-range');
}
