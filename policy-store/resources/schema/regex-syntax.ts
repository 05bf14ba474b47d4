import { bothCases, CLASSES, complement, LAST_UNIT, type Ranges } from './unit-ranges.ts';

/** Why an expression is refused: what is wrong with it or not to be matched in linear time, and at which character. */
export class RegexRefused extends Error {
  override readonly name = 'RegexRefused';
  /** Offset in UTF-16 units. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(`${message} (at offset ${at})`);
    this.at = at;
  }
}

/** An expression, taken apart. */
export type RegexNode =
  | { readonly type: 'set'; readonly ranges: Ranges }
  | { readonly type: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly type: 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly type: 'repeat'; readonly node: RegexNode; readonly min: number; readonly max: number };

const MAX_REPEAT = 1000;
const MAX_DEPTH = 50;
const CONTROL: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** @throws RegexRefused */
export const parseRegex = (text: string): RegexNode => new Parser(text).parse();

/** Recursive descent over the expression's text. */
class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #ignoreCase = false;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): RegexNode {
    if (this.#text.startsWith('(?i)')) {
      this.#ignoreCase = true;
      this.#at = 4;
    }
    // Whole texts are matched, so anchors at the ends say nothing, also with `|` between them.
    if (this.#peek() === '^') this.#at++;
    const node = this.#choice();
    if (this.#peek() === '$' && this.#at === this.#text.length - 1) this.#at++;
    else if (this.#at < this.#text.length) throw this.#wrong(`an unmatched \`${this.#peek()}\``);
    return node;
  }

  #choice(): RegexNode {
    const parts = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      parts.push(this.#sequence());
    }
    return parts.length === 1 ? (parts[0] as RegexNode) : { type: 'choice', parts };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#peek() as string)) {
      if (this.#peek() === '$' && this.#at === this.#text.length - 1) break;
      parts.push(this.#repeated(this.#atom()));
    }
    return { type: 'sequence', parts };
  }

  #repeated(node: RegexNode): RegexNode {
    const bounds = this.#bounds();
    if (bounds === undefined) return node;
    // Lazy or greedy makes no difference to whether a whole text matches.
    if (this.#peek() === '?') this.#at++;
    if (this.#bounds() !== undefined) throw this.#wrong('a repetition repeated: put it in a group');
    return { type: 'repeat', node, ...bounds };
  }

  #bounds(): { min: number; max: number } | undefined {
    const symbol = this.#peek();
    if (symbol === '*' || symbol === '+' || symbol === '?') {
      this.#at++;
      return { min: symbol === '+' ? 1 : 0, max: symbol === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    const counted = /^\{(\d{1,5})(,(\d{0,5}))?\}/.exec(this.#text.slice(this.#at, this.#at + 16));
    if (counted === null) return undefined;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] ? Number(counted[3]) : Number.POSITIVE_INFINITY;
    if (max < min) throw this.#wrong('a repetition whose bounds are the wrong way round');
    if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT)) {
      throw this.#refuse(`more than ${MAX_REPEAT} repetitions`);
    }
    this.#at += counted[0].length;
    return { min, max };
  }

  #atom(): RegexNode {
    const symbol = this.#text[this.#at++] as string;
    switch (symbol) {
      case '(':
        return this.#group();
      case '[':
        return this.#set(this.#class());
      case '.':
        return this.#set([0, 9, 11, LAST_UNIT]);
      case '\\':
        return this.#set(this.#escape());
      case '*':
      case '+':
      case '?':
        throw this.#wrong(`\`${symbol}\` with nothing to repeat`, -1);
      case '^':
      case '$':
        throw this.#refuse(`\`${symbol}\` inside the expression (the whole text is matched anyway)`, -1);
      default:
        return this.#set([symbol.charCodeAt(0), symbol.charCodeAt(0)]);
    }
  }

  #group(): RegexNode {
    if (this.#text.startsWith('?:', this.#at)) this.#at += 2;
    else if (this.#peek() === '?') throw this.#refuse('lookaround, a named group or an inner flag');
    if (++this.#depth > MAX_DEPTH) throw this.#refuse(`groups nested deeper than ${MAX_DEPTH}`);
    const node = this.#choice();
    if (this.#peek() !== ')') throw this.#wrong('a group that is not closed');
    this.#at++;
    this.#depth--;
    return node;
  }

  #class(): Ranges {
    const negated = this.#peek() === '^';
    if (negated) this.#at++;
    const ranges: number[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#at >= this.#text.length) throw this.#wrong('a class that is not closed');
      if (this.#text.startsWith('[:', this.#at)) throw this.#refuse('a POSIX class');
      ranges.push(...this.#classRange());
    }
    this.#at++;
    const cased = this.#ignoreCase ? bothCases(ranges) : ranges;
    return negated ? complement(cased) : cased;
  }

  #classRange(): Ranges {
    const low = this.#classMember();
    const isRange = this.#peek() === '-' && this.#text[this.#at + 1] !== ']' && this.#at + 1 < this.#text.length;
    if (!isRange) return low;
    this.#at++;
    const high = this.#classMember();
    const [from, to] = [low[0] as number, high[1] as number];
    if (low[1] !== from || high[0] !== to || to < from) throw this.#wrong('a range that is not from low to high');
    return [from, to];
  }

  #classMember(): Ranges {
    const symbol = this.#text[this.#at++] as string;
    return symbol === '\\' ? this.#escape() : [symbol.charCodeAt(0), symbol.charCodeAt(0)];
  }

  #escape(): Ranges {
    const symbol = this.#text[this.#at++];
    if (symbol === undefined) throw this.#wrong('a backslash at the end');
    const set = CLASSES[symbol];
    if (set !== undefined) return set;
    const control = CONTROL[symbol];
    if (control !== undefined) return [control, control];
    const hex = /^x([0-9a-fA-F]{2})/.exec(this.#text.slice(this.#at - 1, this.#at + 2));
    if (hex !== null) {
      this.#at += 2;
      const unit = Number.parseInt(hex[1] as string, 16);
      return [unit, unit];
    }
    if (/[0-9]/.test(symbol)) throw this.#refuse('a backreference', -1);
    if (/[A-Za-z]/.test(symbol)) throw this.#refuse(`the escape \`\\${symbol}\``, -1);
    return [symbol.charCodeAt(0), symbol.charCodeAt(0)];
  }

  #set(ranges: Ranges): RegexNode {
    return { type: 'set', ranges: this.#ignoreCase ? bothCases(ranges) : ranges };
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #wrong(what: string, shift = 0): RegexRefused {
    return new RegexRefused(`is not a regular expression: ${what}`, this.#at + shift);
  }

  #refuse(what: string, shift = 0): RegexRefused {
    return new RegexRefused(`has what this mesh does not match, to stay linear in time: ${what}`, this.#at + shift);
  }
}
