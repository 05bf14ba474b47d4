import type * as z from 'zod';

/** Says that something is wrong with a value whose fields are each right. Path is relative to the value. */
export function problem<T>(
  ctx: z.core.ParsePayload<T>,
  path: readonly (string | number)[],
  message: string,
  code = 'invalid-value',
): void {
  ctx.issues.push({ code: 'custom', message, path: [...path], input: ctx.value, params: { code } });
}

/** Indexes of the entries whose key an earlier entry has already. */
export function repeated<T>(list: readonly T[], keyOf: (entry: T) => string | undefined): number[] {
  const seen = new Set<string>();
  const found: number[] = [];
  list.forEach((entry, index) => {
    const key = keyOf(entry);
    if (key === undefined) return;
    if (seen.has(key)) found.push(index);
    seen.add(key);
  });
  return found;
}
