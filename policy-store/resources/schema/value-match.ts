import * as z from 'zod';
import { problem } from './check.ts';
import { choice, fields } from './fields.ts';
import { compileRegex, RegexRefused } from './regex.ts';
import { headerName } from './text.ts';

/** Why a text is no expression that routers can match; undefined when it is one. */
export function regexProblem(source: string): string | undefined {
  try {
    compileRegex(source);
    return undefined;
  } catch (error) {
    if (error instanceof RegexRefused) return error.message;
    throw error;
  }
}

/** Condition on a header or query parameter (Gateway API HTTPHeaderMatch). */
export const valueMatch = fields({
  type: choice(['Exact', 'RegularExpression']).exactOptional(),
  name: headerName,
  value: z.string().min(1).max(4096),
}).check((ctx) => {
  if (ctx.value.type !== 'RegularExpression') return;
  const message = regexProblem(ctx.value.value);
  if (message !== undefined) problem(ctx, ['value'], message, 'regex-refused');
});

export type ValueMatchSpec = z.infer<typeof valueMatch>;
