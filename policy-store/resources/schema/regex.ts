import type { RegexProgram, RegexState } from '../../../snapshot/regex-program.ts';

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

const LAST_UNIT = 0xffff;
/** Bounds the automaton, so that `(a{100}){100}` can neither grow a chunk nor cost a request without limit. */
const MAX_STATES = 1000;
const MAX_REPEAT = 1000;
const MAX_DEPTH = 50;
const MAX_LENGTH = 1024;

type Ranges = readonly number[];
const DIGIT: Ranges = [0x30, 0x39];
const WORD: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const SPACE: Ranges = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20];
const CONTROL: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

type Node =
  | { readonly type: 'set'; readonly ranges: Ranges }
  | { readonly type: 'sequence'; readonly parts: readonly Node[] }
  | { readonly type: 'choice'; readonly parts: readonly Node[] }
  | { readonly type: 'repeat'; readonly node: Node; readonly min: number; readonly max: number };

/**
 * Compiles RE2's regular core: literals, `.`, classes, groups, alternation, greedy and lazy repetition, `(?i)` in front.
 * Backreferences, lookaround, word boundaries and Unicode classes are refused.
 * @throws RegexRefused
 */
export function compileRegex(source: string): RegexProgram {
  if (source.length > MAX_LENGTH) throw new RegexRefused(`is longer than ${MAX_LENGTH} characters`, MAX_LENGTH);
  const pair = source.search(/[\ud800-\udfff]/);
  // Texts are matched unit by unit: one half of a pair is no character.
  if (pair >= 0) throw new RegexRefused('has a character beyond U+FFFF', pair);
  const tree = new Parser(source).parse();
  const automaton = new Automaton();
  const end = automaton.add({ op: 'm' });
  const start = automaton.emit(tree, end);
  return { source, start, states: automaton.states };
}

/** Built back to front: a node is emitted knowing the state that follows it. */
class Automaton {
  readonly states: RegexState[] = [];

  add(state: RegexState): number {
    if (this.states.length >= MAX_STATES)
      throw new RegexRefused(`needs more than ${MAX_STATES} states: repeat less`, 0);
    return this.states.push(state) - 1;
  }

  /** @returns the state to enter the node by */
  emit(node: Node, next: number): number {
    switch (node.type) {
      case 'set':
        return this.add({ op: 'c', ranges: node.ranges, to: next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.emit(part, after), next);
      case 'choice':
        return this.add({ op: 'e', to: node.parts.map((part) => this.emit(part, next)) });
      case 'repeat':
        return this.#repeat(node.node, node.min, node.max, next);
    }
  }

  #repeat(node: Node, min: number, max: number, next: number): number {
    let entry = next;
    if (max === Number.POSITIVE_INFINITY) {
      entry = this.add({ op: 'e', to: [] });
      this.states[entry] = { op: 'e', to: [this.emit(node, entry), next] };
    } else {
      for (let i = min; i < max; i++) entry = this.add({ op: 'e', to: [this.emit(node, entry), next] });
    }
    for (let i = 0; i < min; i++) {
      const before = entry;
      entry = this.emit(node, before);
      // What consumes nothing adds no states, and would turn `((){1000}){1000}` into a very long wait.
      if (entry === before) break;
    }
    return entry;
  }
}

/** Recursive descent over the expression's text. */
class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #ignoreCase = false;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Node {
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

  #choice(): Node {
    const parts = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      parts.push(this.#sequence());
    }
    return parts.length === 1 ? (parts[0] as Node) : { type: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#peek() as string)) {
      if (this.#peek() === '$' && this.#at === this.#text.length - 1) break;
      parts.push(this.#repeated(this.#atom()));
    }
    return { type: 'sequence', parts };
  }

  #repeated(node: Node): Node {
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

  #atom(): Node {
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

  #group(): Node {
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

  #set(ranges: Ranges): Node {
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

function complement(ranges: Ranges): Ranges {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i] as number, ranges[i + 1] as number]);
  pairs.sort(([a], [b]) => a - b);
  const rest: number[] = [];
  let from = 0;
  for (const [low, high] of pairs) {
    if (low > from) rest.push(from, low - 1);
    from = Math.max(from, high + 1);
  }
  if (from <= LAST_UNIT) rest.push(from, LAST_UNIT);
  return rest;
}

const CLASSES: Readonly<Record<string, Ranges>> = {
  d: DIGIT,
  w: WORD,
  s: SPACE,
  D: complement(DIGIT),
  W: complement(WORD),
  S: complement(SPACE),
};

/** ASCII letters only: paths and header values that matter here are ASCII. */
function bothCases(ranges: Ranges): Ranges {
  const all = [...ranges];
  for (let i = 0; i < ranges.length; i += 2) {
    const [low, high] = [ranges[i] as number, ranges[i + 1] as number];
    addShifted(all, Math.max(low, 0x41), Math.min(high, 0x5a), 32);
    addShifted(all, Math.max(low, 0x61), Math.min(high, 0x7a), -32);
  }
  return all;
}

function addShifted(to: number[], low: number, high: number, by: number): void {
  if (low <= high) to.push(low + by, high + by);
}
