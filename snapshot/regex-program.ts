/**
 * A regular expression as the compiler hands it to the router: a small non-deterministic automaton, run in time linear
 * in the text (Thompson). It matches whole texts.
 */
export interface RegexProgram {
  /** What was written, for explain. */
  readonly source: string;
  /** Index of the first state. */
  readonly start: number;
  readonly states: readonly RegexState[];
}

/**
 * `c`: consumes one UTF-16 unit inside `ranges` (pairs low, high; inclusive) and goes to `to`.
 * `e`: consumes nothing and goes to every state of `to`. `m`: the text matched if it ends here.
 */
export type RegexState =
  | { readonly op: 'c'; readonly ranges: readonly number[]; readonly to: number }
  | { readonly op: 'e'; readonly to: readonly number[] }
  | { readonly op: 'm' };
