import { namesNoTrustDomain } from '../../authorization/principals.ts';
import type { Analyzer } from '../analyzer.ts';
import { shown, valuesOf } from '../policy-values.ts';

export const principalWithoutTrustDomain: Analyzer = {
  code: 'GSM0110',
  name: 'PrincipalWithoutTrustDomain',
  severity: 'Warning',
  brief: 'A pattern of principals starts with a wildcard, and so means callers of every trust domain',
  analyze(mesh, report) {
    const { trustDomain } = mesh.settings;
    for (const { policy, path, value, excluded } of valuesOf(mesh, 'principals', 'source.principal')) {
      if (excluded || policy.policy.action !== 'ALLOW' || !namesNoTrustDomain(value)) continue;
      report(
        policy.resource,
        path,
        `${shown(value)} lets in callers of every trust domain: write ${trustDomain}/... or use serviceAccounts`,
      );
    }
  },
};
