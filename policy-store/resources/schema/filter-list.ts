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

/** Types of which a list may have several, each with something of its own to do. */
const SEVERAL = new Set(['RequestMirror', 'ExtensionRef']);

/** Every other type of filter stands in a list at most once. */
export function onceEach(ctx: z.core.ParsePayload<readonly { readonly type: string }[]>): void {
  for (const i of repeated(ctx.value, ({ type }) => (SEVERAL.has(type) ? undefined : type))) {
    problem(ctx, [i, 'type'], 'occurs twice: put all changes into one filter');
  }
}

/** What is over when a backend is chosen. */
const BEFORE_BACKENDS: Readonly<Record<string, string>> = {
  CORS: 'preflights are answered',
  ExtensionRef: 'faults are injected',
};

/** Filters that only a rule can have do not stand in one of its backends. */
export function noneBeforeBackends(ctx: z.core.ParsePayload<readonly { readonly type: string }[]>): void {
  ctx.value.forEach(({ type }, i) => {
    const done = BEFORE_BACKENDS[type];
    if (done === undefined) return;
    problem(ctx, [i, 'type'], `${type}: ${done} before a backend is chosen: put the filter into the rule`);
  });
}
