import picocolors from 'picocolors';
import type { CliContext } from '../context.ts';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colours for one stream: only on a terminal, and never with NO_COLOR set (https://no-color.org). */
export function coloursOf(context: Pick<CliContext, 'process'>, stream: 'stdout' | 'stderr' = 'stdout'): Colours {
  const { env } = context.process;
  const terminal = context.process[stream].isTTY === true || Boolean(env.FORCE_COLOR);
  const wanted = terminal && !env.NO_COLOR && env.TERM !== 'dumb';
  return picocolors.createColors(wanted);
}
