import type * as z from 'zod';
import { problem, repeated } from './check.ts';

/** A filter has the settings of its type, and no others. @param fieldOf type -> the field that carries its settings */
export function settingsFit<T extends { readonly type: string }>(
  ctx: z.core.ParsePayload<T>,
  fieldOf: Readonly<Record<string, string>>,
): void {
  const { type, ...settings } = ctx.value;
  const own = fieldOf[type] ?? '';
  if (!Object.hasOwn(settings, own)) problem(ctx, [own], `is required with type ${type}`, 'missing-field');
  for (const field of Object.values(fieldOf)) {
    if (field !== own && Object.hasOwn(settings, field)) problem(ctx, [field], `does not go with type ${type}`);
  }
}

/** Every type of filter stands in a list at most once, mirrors apart. */
export function onceEach(ctx: z.core.ParsePayload<readonly { readonly type: string }[]>): void {
  for (const i of repeated(ctx.value, ({ type }) => (type === 'RequestMirror' ? undefined : type))) {
    problem(ctx, [i, 'type'], 'occurs twice: put all changes into one filter');
  }
}
