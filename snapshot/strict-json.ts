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
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const WHITE_SPACE = /[ \t\n\r]*/y;
/** Everything up to the closing quote; escapes are checked by JSON.parse afterwards. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const LITERALS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/**
 * Reads one JSON object where `JSON.parse` is too kind: a member that stands twice, `__proto__` and its like, nesting
 * past a limit and numbers that are no finite number are errors (RFC 7515 4, RFC 8725 3).
 * @throws StrictJsonError
 */
export function parseStrictObject(text: string, limits: StrictJsonLimits): Record<string, unknown> {
  const reader = new Reader(text, limits);
  const value = reader.document();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new StrictJsonError('it is not a JSON object');
  }
  return value as Record<string, unknown>;
}

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #integers: readonly string[];
  #at = 0;

  constructor(text: string, limits: StrictJsonLimits) {
    this.#text = text;
    this.#maxDepth = limits.depth;
    this.#integers = limits.integers ?? [];
  }

  document(): unknown {
    this.#skipSpace();
    const value = this.#value(1, undefined);
    this.#skipSpace();
    if (this.#at !== this.#text.length) throw new StrictJsonError('there is text after the JSON value');
    return value;
  }

  #value(depth: number, name: string | undefined): unknown {
    const first = this.#text[this.#at];
    if (first === '{' || first === '[') {
      if (depth > this.#maxDepth) throw new StrictJsonError('it is nested too deeply');
      this.#at++;
      this.#skipSpace();
      return first === '{' ? this.#object(depth) : this.#array(depth);
    }
    if (first === '"') return this.#string();
    for (const [word, value] of LITERALS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number(depth === 2 && name !== undefined && this.#integers.includes(name));
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    if (this.#take('}')) return object;
    do {
      this.#skipSpace();
      const name = this.#string();
      if (FORBIDDEN_NAMES.has(name)) throw new StrictJsonError('a member has a forbidden name');
      if (Object.hasOwn(object, name)) throw new StrictJsonError('a member stands twice');
      this.#skipSpace();
      this.#expect(':');
      this.#skipSpace();
      object[name] = this.#value(depth + 1, name);
      this.#skipSpace();
    } while (this.#take(','));
    this.#expect('}');
    return object;
  }

  #array(depth: number): unknown[] {
    const list: unknown[] = [];
    if (this.#take(']')) return list;
    do {
      this.#skipSpace();
      list.push(this.#value(depth + 1, undefined));
      this.#skipSpace();
    } while (this.#take(','));
    this.#expect(']');
    return list;
  }

  #string(): string {
    try {
      return JSON.parse(this.#match(STRING)) as string;
    } catch {
      throw new StrictJsonError('it is not valid JSON');
    }
  }

  #number(integer: boolean): number {
    const digits = this.#match(NUMBER);
    const value = Number(digits);
    if (!Number.isFinite(value)) throw new StrictJsonError('a number is too large');
    if (integer && (!INTEGER.test(digits) || !Number.isSafeInteger(value))) {
      throw new StrictJsonError('a date is not an integer');
    }
    return value;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw new StrictJsonError('it is not valid JSON');
    this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    WHITE_SPACE.lastIndex = this.#at;
    this.#at += WHITE_SPACE.exec(this.#text)?.[0].length ?? 0;
  }

  #take(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw new StrictJsonError('it is not valid JSON');
  }
}
