import type { Analyzer } from '../analyzer.ts';

const IDENTITY = new Set(['principal', 'namespace', 'account', 'trustDomain']);

export const principalsAtGateway: Analyzer = {
  code: 'GSM0115',
  name: 'PrincipalsAtGateway',
  severity: 'Error',
  brief: 'A policy for a Gateway asks who calls, but callers from outside have no identity in the mesh',
  analyze(mesh, report) {
    for (const { resource, policy, scope, rules } of mesh.policies) {
      const [gateway] = scope.gateways;
      if (gateway === undefined) continue;
      for (const { path, calls = [] } of rules) {
        if (
          calls.length === 0 ||
          !calls.every((one) => one.some(({ attribute, within }) => IDENTITY.has(attribute) && within))
        )
          continue;
        const effect = policy.action === 'ALLOW' ? 'allows nothing' : 'denies nothing';
        report(
          resource,
          path,
          `${effect} at Gateway ${gateway}: who comes from outside has no principal; use requestPrincipals, ipBlocks, or a policy on the Service`,
        );
      }
    }
  },
};
