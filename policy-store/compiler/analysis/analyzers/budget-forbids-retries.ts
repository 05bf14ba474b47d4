import { TRAFFIC_POLICY } from '../../../resources/kinds/traffic-policy.ts';
import type { Analyzer } from '../analyzer.ts';

export const budgetForbidsRetries: Analyzer = {
  code: 'GSM0307',
  name: 'BudgetForbidsRetries',
  severity: 'Warning',
  brief: 'Retries or hedging are asked for, and the budget that pays for them is always empty',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(TRAFFIC_POLICY)) {
      const { attempts, budget, hedging } = resource.spec.retry ?? {};
      if (budget?.percent !== 0 || budget.minRetryRate?.count !== 0) continue;
      if (attempts === 0 && hedging === undefined) continue;
      const message =
        attempts === 0
          ? 'pays for no try, and so nothing is hedged: give it a percent, or leave hedging out'
          : 'pays for no further try, so that nothing is sent again: give it a percent, or set attempts: 0';
      report(resource, 'spec.retry.budget', message);
    }
  },
};
