import type { RouteRule } from '../../../../snapshot/route.ts';
import { TRAFFIC_POLICY, type TrafficPolicySpec } from '../../../resources/kinds/traffic-policy.ts';
import type { Resource } from '../../../resources/resource.ts';
import type { AnalysedMesh } from '../analysed-mesh.ts';
import type { Analyzer } from '../analyzer.ts';

export const fallbackToItself: Analyzer = {
  code: 'GSM0309',
  name: 'FallbackToItself',
  severity: 'Warning',
  brief: 'The Service that is to answer when no endpoint can is the one whose endpoints can not',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(TRAFFIC_POLICY)) {
      const { service } = resource.spec.fallback ?? {};
      if (service === undefined) continue;
      const key = `${service.namespace ?? resource.metadata.namespace}/${service.name}`;
      for (const target of targetsAt(mesh, resource, key)) {
        report(
          resource,
          'spec.fallback.service',
          `is ${key}, which ${target} is sent to already: name another Service, or give an answer`,
        );
      }
    }
  },
};

/** Targets of a policy that have nothing else to go to than this service. */
function targetsAt(mesh: AnalysedMesh, { metadata, spec }: Resource<TrafficPolicySpec>, key: string): string[] {
  return spec.targetRefs.flatMap(({ kind, name }) => {
    if (kind === 'Service') return `${metadata.namespace}/${name}` === key ? [`Service ${key}`] : [];
    const rules = mesh.tables
      .flatMap(({ table }) => table.rules)
      .filter(({ id }) => id.kind === kind && id.namespace === metadata.namespace && id.name === name);
    const numbers = new Set(rules.filter((rule) => goesOnlyTo(rule, key)).map(({ id }) => id.rule));
    return [...numbers].map((rule) => `rule ${rule} of ${kind} ${metadata.namespace}/${name}`);
  });
}

const goesOnlyTo = ({ backends }: RouteRule, key: string): boolean =>
  backends.length > 0 && backends.every((one) => !('invalid' in one) && `${one.namespace}/${one.name}` === key);
