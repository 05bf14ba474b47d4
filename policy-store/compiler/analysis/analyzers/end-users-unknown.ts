import type { Analyzer } from '../analyzer.ts';
import { hasEndUsers, isOfEndUser } from '../end-user-conditions.ts';

export const endUsersUnknown: Analyzer = {
  code: 'GSM0602',
  name: 'EndUsersUnknown',
  severity: 'Warning',
  brief: 'A policy asks for an end user where no RequestAuthentication verifies any',
  analyze(mesh, report) {
    for (const judged of mesh.policies) {
      const { resource, policy, rules } = judged;
      for (const { path, calls = [] } of rules) {
        const asks = calls.map((one) => one.some((part) => part.within !== undefined && isOfEndUser(part)));
        if (asks.length === 0 || asks.includes(false) || hasEndUsers(mesh, judged)) continue;
        const effect = policy.action === 'ALLOW' ? 'allows nothing' : 'denies nothing';
        report(
          resource,
          path,
          `${effect}: no RequestAuthentication holds for its targets, so nobody has an end user there`,
        );
      }
    }
  },
};
