import { judge, MESH_DEFAULT, type Trial } from './judge.ts';
import { Permit } from './permit.ts';

/** The word of the first scope that does not let a call through. */
export interface Denial {
  /** `namespace/name` of the policy that decided, or `mesh default`. */
  readonly decidedBy: string;
  /** In policy words: for logs and explanations, never for a caller. */
  readonly why: string;
}

/**
 * Every scope that has a say must let the call through; the permit names who decided in the last one, the one nearest
 * to what is called.
 * @param trials at least one; none at all is a denial, because then nobody was asked
 */
export function decide(trials: readonly Trial[]): Permit | Denial {
  let decidedBy: string | undefined;
  for (const trial of trials) {
    const verdict = judge(trial);
    if (!verdict.allowed) return { decidedBy: verdict.decidedBy, why: verdict.why };
    decidedBy = verdict.decidedBy;
  }
  return decidedBy === undefined
    ? { decidedBy: MESH_DEFAULT, why: 'no scope of policies was asked' }
    : new Permit(decidedBy);
}
