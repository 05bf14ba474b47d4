import type { Analyzer } from '../analyzer.ts';
import { ruleText, shadowedRules } from './unreachable-rule.ts';

export const unreachableMatch: Analyzer = {
  code: 'GSM0302',
  name: 'UnreachableMatch',
  severity: 'Info',
  brief: 'One match of a rule gets no request, because another match comes first and takes them',
  analyze(mesh, report) {
    for (const { route, id, owner, matches, taken } of shadowedRules(mesh)) {
      if (taken.length === matches) continue;
      for (const { match, by } of taken) {
        const self = by.kind === id.kind && by.namespace === id.namespace && by.name === id.name && by.rule === id.rule;
        const who = self ? 'another match of this rule' : ruleText(by);
        const what = `${match.method ?? 'any method'} ${match.path.type} ${match.path.value}`;
        report(
          route,
          `spec.rules[${id.rule}].matches`,
          `at ${owner} its match ${what} gets no request: ${who} takes them`,
        );
      }
    }
  },
};
