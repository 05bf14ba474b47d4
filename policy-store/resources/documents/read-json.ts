import { isForbiddenName, MAX_DEPTH, type Source, type SourceNode, TOO_DEEP } from './source.ts';

class JsonProblem extends Error {
  override readonly name = 'JsonProblem';
  readonly code: string;
  readonly offset: number;

  constructor(code: string, message: string, offset: number) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

/**
 * Reads one JSON text (RFC 8259, strictly). JSON.parse would do, but it takes the last of two equal names in silence
 * and knows no positions.
 */
export function readJson(text: string): Source {
  try {
    return { roots: [new JsonReader(text).whole()], problems: [] };
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    return { roots: [], problems: [{ code: error.code, message: error.message, offset: error.offset }] };
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a JSON string must not hold
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;
const WORDS: ReadonlyMap<string, unknown> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): SourceNode {
    this.#space();
    const node = this.#value(0, this.#at);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('there is text after the end of the document');
    return node;
  }

  #fail(message: string, offset = this.#at, code = 'json-syntax'): never {
    throw new JsonProblem(code, message, offset);
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    this.#space();
    return true;
  }

  #value(depth: number, offset: number): SourceNode {
    if (depth > MAX_DEPTH) this.#fail(TOO_DEEP.message, this.#at, TOO_DEEP.code);
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth, offset);
      case '[':
        return this.#array(depth, offset);
      case '"':
        return { offset, value: this.#string() };
      default:
        return { offset, value: this.#wordOrNumber() };
    }
  }

  #object(depth: number, offset: number): SourceNode {
    const children = new Map<PropertyKey, SourceNode>();
    const value: Record<string, unknown> = {};
    this.#take('{');
    if (this.#take('}')) return { offset, value, children };
    do {
      const at = this.#at;
      if (this.#text[at] !== '"') this.#fail('a field name in double quotes is expected here');
      const name = this.#string();
      if (isForbiddenName(name)) this.#fail('this field name is not allowed', at, 'forbidden-name');
      if (children.has(name))
        this.#fail(`the field ${JSON.stringify(name.slice(0, 60))} is given twice`, at, 'duplicate-field');
      this.#space();
      if (!this.#take(':')) this.#fail('a ":" is expected here');
      const child = this.#value(depth + 1, at);
      children.set(name, child);
      value[name] = child.value;
      this.#space();
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail('a "," or "}" is expected here');
    return { offset, value, children };
  }

  #array(depth: number, offset: number): SourceNode {
    const children = new Map<PropertyKey, SourceNode>();
    const value: unknown[] = [];
    this.#take('[');
    if (this.#take(']')) return { offset, value, children };
    do {
      const child = this.#value(depth + 1, this.#at);
      children.set(value.length, child);
      value.push(child.value);
      this.#space();
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail('a "," or "]" is expected here');
    return { offset, value, children };
  }

  #string(): string {
    STRING.lastIndex = this.#at;
    const start = this.#at;
    if (!STRING.test(this.#text)) this.#fail('this text is not closed, or has a character or escape that JSON forbids');
    this.#at = STRING.lastIndex;
    const raw = this.#text.slice(start, this.#at);
    return raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  #wordOrNumber(): unknown {
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    NUMBER.lastIndex = this.#at;
    const [digits] = NUMBER.exec(this.#text) ?? [];
    if (digits === undefined)
      this.#fail('a value is expected here: text in double quotes, a number, {, [, true, false or null');
    const value = Number(digits);
    if (!Number.isFinite(value)) this.#fail('this number is too large');
    this.#at += digits.length;
    return value;
  }
}
