import { REQUEST_AUTHENTICATION } from '../../../resources/kinds/request-authentication.ts';
import type { Analyzer } from '../analyzer.ts';

/** What only a verified token of an end user says. */
const OF_END_USER = /^(?:requestPrincipals$|request\.auth\.)/i;

export const endUsersUnknown: Analyzer = {
  code: 'GSM0602',
  name: 'EndUsersUnknown',
  severity: 'Warning',
  brief: 'A policy asks for an end user where no RequestAuthentication verifies any',
  analyze(mesh, report) {
    if (mesh.inventory.of(REQUEST_AUTHENTICATION).length > 0) return;
    for (const { resource, policy, rules } of mesh.policies) {
      for (const { path, calls = [] } of rules) {
        const asks = calls.map((one) => one.some(({ attribute, within }) => within && OF_END_USER.test(attribute)));
        if (asks.length === 0 || asks.includes(false)) continue;
        const effect = policy.action === 'ALLOW' ? 'allows nothing' : 'denies nothing';
        report(resource, path, `${effect}: without a RequestAuthentication nobody has an end user`);
      }
    }
  },
};
