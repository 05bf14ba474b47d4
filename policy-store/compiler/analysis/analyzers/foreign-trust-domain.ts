import { normalTrustDomains } from '../../authorization/principals.ts';
import type { Analyzer } from '../analyzer.ts';
import { textCovers } from '../patterns/text-pattern.ts';
import { shown, valuesOf } from '../policy-values.ts';
import { principalPatterns, trustDomainOf } from './unknown-principal.ts';

export const foreignTrustDomain: Analyzer = {
  code: 'GSM0111',
  name: 'ForeignTrustDomain',
  severity: 'Warning',
  brief: 'A policy names callers of a trust domain that this mesh does not trust',
  analyze(mesh, report) {
    const { trustDomain } = mesh.settings;
    const say = (value: string): string =>
      `${shown(value)} is of another trust domain: this mesh trusts identities of ${trustDomain} alone`;
    for (const { value, patterns } of principalPatterns(mesh)) {
      const foreign = patterns.every((pattern) => (trustDomainOf(pattern) ?? trustDomain) !== trustDomain);
      if (foreign) report(value.policy.resource, value.path, say(value.value));
    }
    for (const { policy, path, value } of valuesOf(mesh, 'trustDomains', 'source.trustDomain')) {
      const patterns = normalTrustDomains([value], trustDomain);
      if (!patterns.some((pattern) => textCovers(pattern, trustDomain))) report(policy.resource, path, say(value));
    }
  },
};
