import type { Analyzer } from '../analyzer.ts';
import { isOfEndUser } from '../end-user-conditions.ts';

export const anonymousAllowed: Analyzer = {
  code: 'GSM0603',
  name: 'AnonymousAllowed',
  severity: 'Warning',
  brief: 'An ALLOW rule only says which end users it is not about, so that calls without any token match',
  analyze(mesh, report) {
    for (const { resource, policy, rules } of mesh.policies) {
      if (policy.action !== 'ALLOW') continue;
      for (const { path, calls = [] } of rules) {
        const open = calls
          .map((one) => one.filter(isOfEndUser))
          .find((asked) => asked.length > 0 && asked.every(({ within }) => within === undefined));
        const [first] = open ?? [];
        if (first === undefined) continue;
        report(
          resource,
          path,
          `lets in who has no token: nobody is outside of what ${first.field} excludes; demand requestPrincipals: ["*"] beside it`,
        );
      }
    }
  },
};
