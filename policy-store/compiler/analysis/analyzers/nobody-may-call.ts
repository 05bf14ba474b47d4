import { CORE_SERVICE } from '../../../resources/kinds/core-service.ts';
import { SERVICE } from '../../../resources/kinds/service.ts';
import { nameOf } from '../../inventory.ts';
import type { Analyzer } from '../analyzer.ts';

export const nobodyMayCall: Analyzer = {
  code: 'GSM0105',
  name: 'NobodyMayCall',
  severity: 'Warning',
  brief: 'No ALLOW policy names a service, where what no policy allows is denied',
  analyze(mesh, report) {
    if (mesh.settings.defaultAuthorization !== 'deny') return;
    const documents = [...mesh.inventory.of(CORE_SERVICE), ...mesh.inventory.of(SERVICE)];
    for (const [key, resource] of new Map(documents.map((document) => [nameOf(document), document]))) {
      const policies = mesh.policiesOf(key).filter(({ inForce }) => inForce);
      // One without rules says so on purpose.
      if (policies.some(({ policy }) => policy.action === 'ALLOW')) continue;
      // As a backend it is governed by the service that is addressed, as long as it has no policies of its own.
      if (mesh.backends.has(key) && !policies.some(({ scope }) => !scope.mesh)) continue;
      report(resource, 'metadata.name', 'may be called by nobody: no ALLOW policy in force is for it');
    }
  },
};
