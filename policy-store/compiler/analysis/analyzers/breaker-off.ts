import { TRAFFIC_POLICY } from '../../../resources/kinds/traffic-policy.ts';
import type { Analyzer } from '../analyzer.ts';

export const breakerOff: Analyzer = {
  code: 'GSM0308',
  name: 'BreakerOff',
  severity: 'Warning',
  brief: 'Endpoints that always fail go on getting their share of the requests',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(TRAFFIC_POLICY)) {
      const { breaker, outlierDetection } = resource.spec;
      if (breaker?.consecutiveFailures !== 0 || breaker.successRate !== undefined) continue;
      if (outlierDetection !== undefined) continue;
      report(
        resource,
        'spec.breaker.consecutiveFailures',
        'turns the breaker off, and neither successRate nor outlierDetection takes its place: leave it out, or set one of them',
      );
    }
  },
};
