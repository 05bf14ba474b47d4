import type { ConformanceCase } from './case-format.ts';

/** Cases that do not apply, each with the reason. None stands here for convenience. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

/** Why a case is not run on a runtime; undefined: it is. */
export function exceptionFor(
  wanted: ConformanceCase,
  _runtime: 'node' | 'deno' | 'bun' | 'workerd',
): string | undefined {
  if (wanted.request.to.kind === 'Pod') return 'dials the address of a pod, and a mesh of URLs has none';
  return EXCEPTIONS[wanted.id];
}
