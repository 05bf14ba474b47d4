import type { ExplainStep, Explanation } from '../../snapshot/explanation.ts';
import type { LocalAnswer, Refusal } from '../exchange.ts';

/** What an explanation knows so far, stage by stage. */
export class Telling {
  readonly #revision: number;
  readonly #steps: ExplainStep[] = [];
  #known: Pick<Explanation, 'service' | 'route' | 'authorization'> = {};

  constructor(revision: number) {
    this.#revision = revision;
  }

  pass(stage: string, summary: string): void {
    this.#steps.push({ stage, outcome: 'pass', summary });
  }

  learn(known: Pick<Explanation, 'service' | 'route' | 'authorization'>): void {
    this.#known = { ...this.#known, ...known };
  }

  /** @param advice what a person can do about it; the refusal's own words are for callers and say less */
  refused(stage: string, refusal: Refusal, advice: string = refusal.internal ?? refusal.detail): Explanation {
    this.#steps.push({ stage, outcome: 'stop', summary: advice });
    return this.#end({ verdict: 'refused', reason: refusal.reason, status: refusal.status, summary: advice });
  }

  answered(stage: string, answer: LocalAnswer): Explanation {
    const location = answer.headers.get('location');
    const summary = location === undefined ? preflightText(answer) : `Redirected (${answer.status}) to ${location}.`;
    this.#steps.push({ stage, outcome: 'stop', summary });
    return this.#end({ verdict: 'answered', status: answer.status, summary });
  }

  forwarded(summary: string): Explanation {
    this.pass('forward', summary);
    return this.#end({ verdict: 'forwarded', summary });
  }

  #end(verdict: Pick<Explanation, 'verdict' | 'reason' | 'status' | 'summary'>): Explanation {
    return { revision: this.#revision, ...verdict, steps: this.#steps, ...this.#known };
  }
}

/** The only answer of policy beside redirects. */
function preflightText({ status, headers }: LocalAnswer): string {
  const origin = headers.get('access-control-allow-origin');
  return origin === undefined
    ? `A preflight, answered with ${status}: the CORS policy of the rule does not name this origin.`
    : `A preflight, answered with ${status}: the CORS policy of the rule allows the origin ${origin}.`;
}
