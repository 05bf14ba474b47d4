import type { Analyzer } from '../analyzer.ts';
import { accountOf } from '../known-callers.ts';
import { shown, valuesOf } from '../policy-values.ts';

export const unknownServiceAccount: Analyzer = {
  code: 'GSM0109',
  name: 'UnknownServiceAccount',
  severity: 'Warning',
  brief: 'A policy names a service account that no Workload, Service or Gateway has',
  analyze(mesh, report) {
    const known = new Set(
      [...mesh.callers.keys()].flatMap((principal) => {
        const found = accountOf(principal);
        return found === undefined ? [] : [`${found.namespace}/${found.account}`];
      }),
    );
    for (const { policy, path, value } of valuesOf(mesh, 'serviceAccounts', 'source.serviceAccount')) {
      const name = value.includes('/') ? value : `${policy.policy.namespace}/${value}`;
      if (!known.has(name))
        report(
          policy.resource,
          path,
          `${shown(value)} is nobody: no identity ends in /ns/${name.replace('/', '/sa/')}`,
        );
    }
  },
};
