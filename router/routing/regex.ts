import type { RegexProgram, RegexState } from '../../snapshot/regex-program.ts';

/**
 * Whether the whole text matches. Time is at most length of the text x number of states, whatever the expression:
 * all states that could be active are stepped together, so there is nothing to backtrack into.
 */
export function matchesWhole(program: RegexProgram, text: string): boolean {
  const { states } = program;
  let active: number[] = [];
  // Marks by step number instead of clearing: one array serves the whole run.
  const seen = new Int32Array(states.length).fill(-1);
  enter(states, program.start, active, seen, 0);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const next: number[] = [];
    for (const index of active) {
      const state = states[index] as RegexState;
      if (state.op === 'c' && within(state.ranges, unit)) enter(states, state.to, next, seen, i + 1);
    }
    if (next.length === 0) return false;
    active = next;
  }
  return active.some((index) => states[index]?.op === 'm');
}

/** Adds a state and all that it reaches without consuming; a stack of its own, so long chains cannot overflow ours. */
function enter(states: readonly RegexState[], from: number, into: number[], seen: Int32Array, step: number): void {
  const stack = [from];
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    if (seen[index] === step) continue;
    seen[index] = step;
    const state = states[index] as RegexState;
    if (state.op === 'e') stack.push(...state.to);
    else into.push(index);
  }
}

function within(ranges: readonly number[], unit: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (unit >= (ranges[i] as number) && unit <= (ranges[i + 1] as number)) return true;
  }
  return false;
}
