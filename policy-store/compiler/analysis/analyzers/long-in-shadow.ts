import type { Analyzer } from '../analyzer.ts';
import { DAY, momentOf } from '../moment.ts';

const LONG_DAYS = 14;

export const longInShadow: Analyzer = {
  code: 'GSM0122',
  name: 'LongInShadow',
  severity: 'Info',
  brief: 'A policy has been tried in shadow for more than two weeks',
  analyze(mesh, report) {
    for (const { resource, inForce } of mesh.policies) {
      const since = inForce ? undefined : momentOf(resource.metadata.creationTimestamp ?? '');
      const days = since === undefined ? 0 : Math.floor((mesh.now - since) / DAY);
      if (days > LONG_DAYS)
        report(resource, 'spec', `has been in shadow for ${days} days and protects nothing: enforce it or delete it`);
    }
  },
};
