import { type AnalysedPolicy, type AnalysedRule, scopeCovers } from '../analysed-policy.ts';
import type { Analyzer } from '../analyzer.ts';
import { ruleCovers } from '../calls.ts';

interface Placed {
  readonly of: AnalysedPolicy;
  readonly rule: AnalysedRule;
  readonly place: number;
}

/** Pairs of rules that are compared; enough for a thousand policies that are spread over their services. */
const MAX_PAIRS = 500_000;

export const redundantRule: Analyzer = {
  code: 'GSM0104',
  name: 'RedundantRule',
  severity: 'Info',
  brief: 'A rule adds nothing: another rule of the same action already names every call that it names',
  analyze(mesh, report) {
    for (const action of ['ALLOW', 'DENY'] as const) {
      const policies = mesh.policies.filter(({ policy, inForce }) => inForce && policy.action === action);
      const rules = policies
        .flatMap((of) => of.rules.map((rule) => ({ of, rule })))
        .map((entry, place): Placed => ({ ...entry, place }));
      let pairs = 0;
      for (const narrow of rules) {
        // Of two that say the same, the later one is the one too many.
        const wide = rules.find(
          (other) =>
            pairs++ < MAX_PAIRS && covers(other, narrow) && (other.place < narrow.place || !covers(narrow, other)),
        );
        if (wide === undefined) continue;
        const { namespace, name } = wide.of.policy;
        const where = wide.of === narrow.of ? wide.rule.path : `${wide.rule.path} of policy ${namespace}/${name}`;
        report(narrow.of.resource, narrow.rule.path, `adds nothing: ${where} names every call that it names`);
      }
    }
  },
};

function covers(wide: Placed, narrow: Placed): boolean {
  if (wide === narrow || !scopeCovers(wide.of.scope, narrow.of.scope)) return false;
  const { calls = [] } = narrow.rule;
  return calls.length > 0 && wide.rule.calls !== undefined && ruleCovers(wide.rule.calls, calls);
}
