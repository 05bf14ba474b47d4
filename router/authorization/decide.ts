import { judgeAll, type Trial } from './judge.ts';
import { Permit } from './permit.ts';

/** The word of the first scope that does not let a call through. */
export interface Denial {
  /** `namespace/name` of the policy that decided, or `mesh default`. */
  readonly decidedBy: string;
  /** In policy words: for logs and explanations, never for a caller. */
  readonly why: string;
}

/** Asks every scope that has a say; the permit names who decided in the last one. */
export function decide(trials: readonly Trial[]): Permit | Denial {
  const { allowed, decidedBy, why } = judgeAll(trials);
  return allowed ? new Permit(decidedBy) : { decidedBy, why };
}
