import type { RegexProgram, RegexState } from '../../snapshot/regex-program.ts';

/**
 * Text units times states of the program: what would cost more never matches, on every router alike. For a program of
 * 50 states that is 80,000 characters; the largest that the compiler lets through (1,000) takes 4,000.
 */
const MAX_WORK = 4_000_000;
/** States in the sets that are remembered for one program; then all are forgotten together. */
const MAX_REMEMBERED = 50_000;
const ASCII = 128;

/** All states that could be active at one point of a text, and where each unit leads from there. */
interface StateSet {
  readonly states: readonly number[];
  readonly accepts: boolean;
  /** By ASCII unit; null: nowhere. */
  readonly next: (StateSet | null | undefined)[];
}

const automata = new WeakMap<RegexProgram, Automaton>();

/**
 * Whether the whole text matches. All states that could be active are stepped together (Thompson), so there is nothing
 * to backtrack into: time is linear in the text whatever the expression. Sets of states that were met are kept, which
 * makes most steps one look into an array.
 */
export function matchesWhole(program: RegexProgram, text: string): boolean {
  if (text.length * program.states.length > MAX_WORK) return false;
  let automaton = automata.get(program);
  if (automaton === undefined) {
    automaton = new Automaton(program);
    automata.set(program, automaton);
  }
  return automaton.matches(text);
}

class Automaton {
  readonly #states: readonly RegexState[];
  readonly #start: number;
  /** Marks by round instead of clearing. */
  readonly #entered: Int32Array;
  #round = 0;
  #sets = new Map<string, StateSet>();
  #first: StateSet | undefined;
  #remembered = 0;

  constructor({ states, start }: RegexProgram) {
    this.#states = states;
    this.#start = start;
    this.#entered = new Int32Array(states.length);
  }

  matches(text: string): boolean {
    this.#first ??= this.#setOf([this.#start]);
    let set = this.#first;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      let next = unit < ASCII ? set.next[unit] : undefined;
      if (next === undefined) next = this.#step(set, unit);
      if (next === null) return false;
      set = next;
    }
    return set.accepts;
  }

  #step(set: StateSet, unit: number): StateSet | null {
    const targets: number[] = [];
    for (const index of set.states) {
      const state = this.#states[index];
      if (state?.op === 'c' && within(state.ranges, unit)) targets.push(state.to);
    }
    const next = targets.length === 0 ? null : this.#setOf(targets);
    if (unit < ASCII) set.next[unit] = next;
    return next;
  }

  #setOf(targets: readonly number[]): StateSet {
    const states = this.#closure(targets);
    const key = states.join(' ');
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    this.#remembered += states.length + 1;
    if (this.#remembered > MAX_REMEMBERED) this.#forget();
    const set = { states, accepts: states.some((index) => this.#states[index]?.op === 'm'), next: [] };
    this.#sets.set(key, set);
    return set;
  }

  /** Sets hold each other, so that only forgetting all of them sets any free. */
  #forget(): void {
    this.#remembered = 0;
    this.#sets = new Map();
    this.#first = undefined;
  }

  /** The states themselves and all that they reach without consuming; a stack of its own, so long chains cannot overflow ours. */
  #closure(targets: readonly number[]): number[] {
    const round = ++this.#round;
    const reached: number[] = [];
    const stack = [...targets];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (this.#entered[index] === round) continue;
      this.#entered[index] = round;
      const state = this.#states[index];
      if (state?.op === 'e') stack.push(...state.to);
      else if (state !== undefined) reached.push(index);
    }
    return reached.sort((a, b) => a - b);
  }
}

function within(ranges: readonly number[], unit: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (unit >= (ranges[i] as number) && unit <= (ranges[i + 1] as number)) return true;
  }
  return false;
}
