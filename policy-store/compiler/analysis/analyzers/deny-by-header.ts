import type { Analyzer } from '../analyzer.ts';

export const denyByHeader: Analyzer = {
  code: 'GSM0120',
  name: 'DenyByHeader',
  severity: 'Warning',
  brief: 'A DENY rule asks for the value of a header, which its caller may leave out',
  analyze(mesh, report) {
    for (const { resource, policy } of mesh.policies) {
      if (policy.action !== 'DENY') continue;
      for (const [r, { when = [] }] of policy.rules.entries()) {
        for (const [w, { key, values }] of when.entries()) {
          if (!key.startsWith('request.headers[') || values === undefined) continue;
          report(
            resource,
            `spec.rules[${r}].when[${w}]`,
            `a caller escapes this DENY by leaving the header out: use notValues, which holds for calls without it, or an ALLOW that asks for the header`,
          );
        }
      }
    }
  },
};
