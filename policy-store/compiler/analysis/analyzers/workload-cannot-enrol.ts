import { WORKLOAD } from '../../../resources/kinds/workload.ts';
import type { Analyzer } from '../analyzer.ts';

export const workloadCannotEnrol: Analyzer = {
  code: 'GSM0202',
  name: 'WorkloadCannotEnrol',
  severity: 'Info',
  brief: 'A Workload has no way to prove who it is: outside of `gossamer dev` it gets no token',
  analyze(mesh, report) {
    if (mesh.dev) return;
    for (const resource of mesh.inventory.of(WORKLOAD)) {
      const ways = Object.entries(resource.spec).filter(
        ([field, value]) => field !== 'spiffeId' && (!Array.isArray(value) || value.length > 0),
      );
      if (ways.length === 0)
        report(resource, 'spec', 'can get no token outside of `gossamer dev`: register a public key under spec.keys');
    }
  },
};
