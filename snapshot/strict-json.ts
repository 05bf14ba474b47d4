/** Why a text was refused. Never quotes it: tokens must not reach logs. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError';
}

export interface StrictJsonLimits {
  /** Objects and arrays inside each other, the outermost included. */
  readonly depth: number;
  /** Members of the outermost object whose number must be written as an integer: `1.0` and `1e9` are refused. */
  readonly integers?: readonly string[];
}

/** Names that change what a careless reader of the object sees. */
const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype']);
const INTEGER = /^-?(?:0|[1-9]\d*)$/;
/** Strings, with the colon behind those that are names, brackets, and numbers: enough for a text that is JSON. */
const TOKENS = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]|-?\d[\d.eE+-]*/g;

/**
 * Reads one JSON object where `JSON.parse` is too kind: a member that stands twice, `__proto__` and its like, nesting
 * past a limit and numbers that are no finite number are errors (RFC 7515 4, RFC 8725 3).
 * @throws StrictJsonError
 */
export function parseStrictObject(text: string, limits: StrictJsonLimits): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StrictJsonError('it is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new StrictJsonError('it is not a JSON object');
  }
  const problem = problemIn(text, limits);
  if (problem !== undefined) throw new StrictJsonError(problem);
  return value as Record<string, unknown>;
}

/** What is wrong with a text that is JSON. */
function problemIn(text: string, { depth, integers = [] }: StrictJsonLimits): string | undefined {
  /** The names of each object that is open, the innermost last; arrays have none. */
  const open: Set<string>[] = [];
  let name = '';
  for (const [token, quoted, colon] of text.matchAll(TOKENS)) {
    if (colon !== undefined) {
      const names = open.at(-1) as Set<string>;
      name = JSON.parse(quoted as string) as string;
      if (FORBIDDEN_NAMES.has(name)) return 'a member has a forbidden name';
      if (names.has(name)) return 'a member stands twice';
      names.add(name);
    } else if (token === '{' || token === '[') {
      if (open.push(new Set()) > depth) return 'it is nested too deeply';
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (quoted === undefined) {
      const number = Number(token);
      if (!Number.isFinite(number)) return 'a number is too large';
      const isDate = open.length === 1 && integers.includes(name);
      if (isDate && !(INTEGER.test(token) && Number.isSafeInteger(number))) return 'a date is not an integer';
    }
  }
  return undefined;
}
