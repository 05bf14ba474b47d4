import { type AnalysedPolicy, scopeCovers } from '../analysed-policy.ts';
import type { Analyzer } from '../analyzer.ts';
import { ruleCovers } from '../calls.ts';

export const allowBehindDeny: Analyzer = {
  code: 'GSM0103',
  name: 'AllowBehindDeny',
  severity: 'Warning',
  brief: 'All that a rule allows is denied by a DENY policy',
  analyze(mesh, report) {
    const denials = mesh.policies.filter(({ policy, inForce }) => inForce && policy.action === 'DENY');
    for (const allow of mesh.policies) {
      if (allow.policy.action !== 'ALLOW' || !allow.inForce) continue;
      const above = denials.filter((deny) => scopeCovers(deny.scope, allow.scope));
      for (const { calls = [], path } of allow.rules) {
        if (calls.length === 0) continue;
        const deny = above.find((one) => one.rules.some((rule) => rule.calls && ruleCovers(rule.calls, calls)));
        if (deny === undefined) continue;
        report(allow.resource, path, `has no effect: DENY policy ${nameOf(deny)} denies all that it allows`);
      }
    }
  },
};

const nameOf = ({ policy }: AnalysedPolicy): string => `${policy.namespace}/${policy.name}`;
