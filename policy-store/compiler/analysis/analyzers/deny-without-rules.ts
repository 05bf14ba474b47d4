import type { Analyzer } from '../analyzer.ts';

export const denyWithoutRules: Analyzer = {
  code: 'GSM0102',
  name: 'DenyWithoutRules',
  severity: 'Error',
  brief: 'A DENY policy has no rules, and so denies nothing',
  analyze(mesh, report) {
    for (const { resource, policy } of mesh.policies) {
      if (policy.action !== 'DENY' || policy.rules.length > 0) continue;
      report(resource, 'spec', 'denies nothing, because it has no rules; `rules: [{}]` denies everything');
    }
  },
};
