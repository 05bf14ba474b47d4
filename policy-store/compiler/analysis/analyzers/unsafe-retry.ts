import { TRAFFIC_POLICY } from '../../../resources/kinds/traffic-policy.ts';
import type { Analyzer } from '../analyzer.ts';

export const unsafeRetry: Analyzer = {
  code: 'GSM0304',
  name: 'UnsafeRetry',
  severity: 'Warning',
  brief: 'Requests that may have been processed already are sent again, POST included',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(TRAFFIC_POLICY)) {
      const { unsafe, attempts } = resource.spec.retry ?? {};
      if (unsafe !== true || attempts === 0) continue;
      report(
        resource,
        'spec.retry.unsafe',
        'sends a POST again that may have been processed: let callers send Idempotency-Key instead, which makes retries safe',
      );
    }
  },
};
