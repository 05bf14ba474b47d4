import { REQUEST_AUTHENTICATION } from '../../../resources/kinds/request-authentication.ts';
import type { Analyzer } from '../analyzer.ts';

export const audiencesMissing: Analyzer = {
  code: 'GSM0601',
  name: 'AudiencesMissing',
  severity: 'Warning',
  brief: 'A RequestAuthentication takes tokens that their issuer made for somebody else',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(REQUEST_AUTHENTICATION)) {
      for (const [index, { audiences }] of (resource.spec.jwtRules ?? []).entries()) {
        if (audiences !== undefined) continue;
        report(
          resource,
          `spec.jwtRules[${index}]`,
          'takes tokens for any audience: name those of these services in audiences',
        );
      }
    }
  },
};
