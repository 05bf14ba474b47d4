import { PEER_AUTHENTICATION } from '../../../resources/kinds/peer-authentication.ts';
import type { Analyzer } from '../analyzer.ts';

export const permissive: Analyzer = {
  code: 'GSM0201',
  name: 'PermissivePeerAuthentication',
  severity: 'Warning',
  brief: 'Callers without any identity are let through to authorization',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(PEER_AUTHENTICATION)) {
      if (resource.spec.mtls?.mode !== 'PERMISSIVE') continue;
      report(
        resource,
        'spec.mtls.mode',
        'lets callers without an identity through: a rule that does not ask who calls lets in anybody; use STRICT once all callers prove who they are',
      );
    }
  },
};
