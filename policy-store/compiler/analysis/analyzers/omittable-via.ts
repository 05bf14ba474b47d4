import type { Analyzer } from '../analyzer.ts';
import { valuesOf } from '../policy-values.ts';

export const omittableVia: Analyzer = {
  code: 'GSM0121',
  name: 'OmittableVia',
  severity: 'Warning',
  brief: 'A policy relies on somebody not being among the earlier callers, which callers may leave out',
  analyze(mesh, report) {
    for (const { policy, path, excluded } of valuesOf(mesh, 'via', 'source.via')) {
      if (excluded === (policy.policy.action === 'DENY')) continue;
      report(
        policy.resource,
        path,
        'proves nothing: a caller that leaves out whom it was called by is let through; demand the chain in an ALLOW (via) instead',
      );
    }
  },
};
