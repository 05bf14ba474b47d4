import { FAULT_INJECTION } from '../../../resources/kinds/fault-injection.ts';
import type { Analyzer } from '../analyzer.ts';

export const faultByAnyone: Analyzer = {
  code: 'GSM0312',
  name: 'FaultByAnyone',
  severity: 'Warning',
  brief: 'Callers of any namespace may ask for faults by header',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(FAULT_INJECTION)) {
      resource.spec.byHeader?.principals.forEach((principal, index) => {
        if (!principal.startsWith('*') && !/^(?:spiffe:\/\/)?[^/]*\*$/.test(principal)) return;
        report(
          resource,
          `spec.byHeader.principals[${index}]`,
          `"${principal}" means callers of every namespace: name the ones that test, such as mesh.local/ns/shop/sa/tester`,
        );
      });
    }
  },
};
