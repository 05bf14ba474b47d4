import { normalPrincipals } from '../../authorization/principals.ts';
import type { AnalysedMesh } from '../analysed-mesh.ts';
import type { Analyzer } from '../analyzer.ts';
import { textCovers } from '../patterns/text-pattern.ts';
import { type PolicyValue, shown, valuesOf } from '../policy-values.ts';

/** The trust domain that a pattern names; undefined: it names none. */
export const trustDomainOf = (pattern: string): string | undefined => /^([^/*]+)\//.exec(pattern)?.[1];

/** Principals of policies with the patterns that they are compared as. */
export function* principalPatterns(
  mesh: AnalysedMesh,
): Iterable<{ readonly value: PolicyValue; readonly patterns: readonly string[] }> {
  const { trustDomain } = mesh.settings;
  for (const value of [...valuesOf(mesh, 'principals', 'source.principal'), ...valuesOf(mesh, 'via', 'source.via')]) {
    yield { value, patterns: normalPrincipals([value.value], trustDomain) };
  }
}

export const unknownPrincipal: Analyzer = {
  code: 'GSM0107',
  name: 'UnknownPrincipal',
  severity: 'Warning',
  brief: 'A policy names a principal that no Workload, Service or Gateway has',
  analyze(mesh, report) {
    const { trustDomain } = mesh.settings;
    const known = [...mesh.callers.keys()];
    const seen = new Map<string, boolean>();
    const isKnown = (pattern: string): boolean => {
      const answer =
        seen.get(pattern) ?? (mesh.callers.has(pattern) || known.some((name) => textCovers(pattern, name)));
      seen.set(pattern, answer);
      return answer;
    };
    for (const { value, patterns } of principalPatterns(mesh)) {
      if (value.value === '*' || patterns.some(isKnown)) continue;
      // Of other trust domains this mesh knows nobody; that has a page of its own.
      if (patterns.every((pattern) => (trustDomainOf(pattern) ?? trustDomain) !== trustDomain)) continue;
      report(
        value.policy.resource,
        value.path,
        `${shown(value.value)} is nobody: no Workload, Service or Gateway has such an identity`,
      );
    }
  },
};
