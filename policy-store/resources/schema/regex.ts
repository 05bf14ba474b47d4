import type { RegexProgram, RegexState } from '../../../snapshot/regex-program.ts';
import { parseRegex, type RegexNode, RegexRefused } from './regex-syntax.ts';

export { RegexRefused };

/** Bounds the automaton, so that `(a{100}){100}` can neither grow a chunk nor cost a request without limit. */
const MAX_STATES = 1000;
const MAX_LENGTH = 1024;

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
  const tree = parseRegex(source);
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
  emit(node: RegexNode, next: number): number {
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

  #repeat(node: RegexNode, min: number, max: number, next: number): number {
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
