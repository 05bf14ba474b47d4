import type { Analyzer } from '../analyzer.ts';

export const targetNotFound: Analyzer = {
  code: 'GSM0114',
  name: 'TargetNotFound',
  severity: 'Error',
  brief: 'A policy targets a Service or Gateway that does not exist in its namespace',
  analyze(mesh, report) {
    for (const { resource, scope } of mesh.policies) {
      const { targetRef, targetRefs = [] } = resource.spec;
      const { namespace } = resource.metadata;
      const listed = targetRefs.map((ref, i) => [`spec.targetRefs[${i}]`, ref] as const);
      const all = targetRef === undefined ? listed : [['spec.targetRef', targetRef] as const, ...listed];
      for (const [path, ref] of all) {
        const known = ref.kind === 'Gateway' ? scope.gateways : scope.services;
        if (ref.namespace !== undefined && ref.namespace !== namespace) {
          report(resource, path, `is in namespace ${ref.namespace}: a policy holds in its own; put it there`);
        } else if (!known.has(`${namespace}/${ref.name}`)) {
          report(resource, path, `there is no ${ref.kind} ${namespace}/${ref.name}: the policy does not hold there`);
        }
      }
    }
  },
};
