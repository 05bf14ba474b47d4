import type { Analyzer } from '../analyzer.ts';
import { failedConditions } from './unresolved-reference.ts';

export const notAccepted: Analyzer = {
  code: 'GSM0001',
  name: 'NotAccepted',
  severity: 'Error',
  brief: 'A document is not in force at all: its parent does not take it, or another one is there first',
  analyze(mesh, report) {
    for (const { resource, condition } of failedConditions(mesh, 'Accepted')) {
      report(resource, 'spec', `is not in force (${condition.reason}): ${condition.message}`);
    }
  },
};
