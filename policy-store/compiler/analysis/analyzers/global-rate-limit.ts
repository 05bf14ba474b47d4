import { TRAFFIC_POLICY } from '../../../resources/kinds/traffic-policy.ts';
import type { Analyzer } from '../analyzer.ts';

export const globalRateLimit: Analyzer = {
  code: 'GSM0310',
  name: 'GlobalRateLimit',
  severity: 'Info',
  brief: 'A rate limit is counted for all routers together, which needs a counter store that every router can ask',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(TRAFFIC_POLICY)) {
      resource.spec.rateLimits?.forEach(({ scope, onFailure = 'allow' }, index) => {
        if (scope !== 'global') return;
        const then = onFailure === 'allow' ? 'lets every request through' : 'refuses every request';
        report(
          resource,
          `spec.rateLimits[${index}].scope`,
          `asks a counter store: a router that has none, or can not reach it, ${then} (onFailure: ${onFailure})`,
        );
      });
    }
  },
};
