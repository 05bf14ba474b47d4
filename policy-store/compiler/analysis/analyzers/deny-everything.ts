import type { Analyzer } from '../analyzer.ts';

export const denyEverything: Analyzer = {
  code: 'GSM0106',
  name: 'DenyEverything',
  severity: 'Warning',
  brief: 'A DENY rule has no condition, and so denies every call',
  analyze(mesh, report) {
    for (const { resource, policy, rules, inForce } of mesh.policies) {
      if (policy.action !== 'DENY' || !inForce) continue;
      for (const { path, calls = [] } of rules) {
        if (!calls.some((one) => one.length === 0)) continue;
        report(
          resource,
          path,
          'denies every call, whatever is allowed elsewhere; an ALLOW policy without rules would leave room for exceptions',
        );
      }
    }
  },
};
