import type { Analyzer } from '../analyzer.ts';
import { callsOf, contradictionIn } from '../calls.ts';

export const policyNeverMatches: Analyzer = {
  code: 'GSM0101',
  name: 'PolicyNeverMatches',
  severity: 'Error',
  brief: 'A rule contradicts itself: no call can meet all of its conditions',
  analyze(mesh, report) {
    for (const { resource, policy } of mesh.policies) {
      for (const [index, rule] of policy.rules.entries()) {
        const all = callsOf(rule)?.map((calls) => contradictionIn(calls, policy.action)) ?? [];
        const [first] = all;
        if (first === undefined || all.some((one) => one === undefined)) continue;
        const effect = policy.action === 'ALLOW' ? 'allows nothing' : 'denies nothing';
        report(
          resource,
          `spec.rules[${index}]`,
          `${effect}: no call meets both ${first.one} and ${first.other}; drop one of the two`,
        );
      }
    }
  },
};
