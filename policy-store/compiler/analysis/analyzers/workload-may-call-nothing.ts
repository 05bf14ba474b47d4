import type { Analyzer } from '../analyzer.ts';
import { type Calls, mayName } from '../calls.ts';
import { principalOf } from '../known-callers.ts';

export const workloadMayCallNothing: Analyzer = {
  code: 'GSM0203',
  name: 'WorkloadMayCallNothing',
  severity: 'Info',
  brief: 'No ALLOW rule can admit a Workload, where what no policy allows is denied',
  analyze(mesh, report) {
    if (mesh.settings.defaultAuthorization !== 'deny') return;
    const rules = mesh.policies
      .filter(({ policy, inForce }) => inForce && policy.action === 'ALLOW')
      .flatMap((policy) => policy.rules);
    // Most rules name callers exactly: those are looked up, only the others are tried one by one.
    const named = new Set<string>();
    const others: Calls[] = [];
    for (const { calls } of rules) {
      // Of a rule that is too long to look at nothing is claimed.
      if (calls === undefined) return;
      for (const one of calls) {
        const exact = one.find(
          ({ attribute, within }) => attribute === 'principal' && within?.every((name) => !name.includes('*')),
        );
        if (exact === undefined) others.push(one);
        else for (const name of exact.within ?? []) named.add(name);
      }
    }
    for (const { spiffeId } of mesh.compiled.workloads) {
      const principal = principalOf(spiffeId);
      const resource = mesh.callers.get(principal);
      if (resource?.kind !== 'Workload' || named.has(principal) || others.some((one) => mayName(one, principal)))
        continue;
      report(resource, 'metadata.name', 'may call nothing: no ALLOW policy in force admits it');
    }
  },
};
