import { FAULT_INJECTION } from '../../../resources/kinds/fault-injection.ts';
import { GRPC_ROUTE } from '../../../resources/kinds/grpc-route.ts';
import { HTTP_ROUTE } from '../../../resources/kinds/http-route.ts';
import type { AnalysedMesh } from '../analysed-mesh.ts';
import type { Analyzer } from '../analyzer.ts';

export const faultDoesNothing: Analyzer = {
  code: 'GSM0311',
  name: 'FaultDoesNothing',
  severity: 'Warning',
  brief: 'A FaultInjection holds for nothing, or for none of the requests',
  analyze(mesh, report) {
    const named = new Set(namedFaults(mesh));
    for (const resource of mesh.inventory.of(FAULT_INJECTION)) {
      const { metadata, spec } = resource;
      if (spec.targetRefs === undefined && !named.has(`${metadata.namespace}/${metadata.name}`)) {
        report(resource, 'spec', 'has no targetRefs, and no rule of a route names it: nothing happens');
      }
      for (const part of ['delay', 'abort'] as const) {
        if (spec[part] === undefined || (spec[part].percent ?? 0) > 0) continue;
        report(resource, `spec.${part}`, 'is for 0 percent of the requests, the default: say percent');
      }
    }
  },
};

function namedFaults(mesh: AnalysedMesh): string[] {
  return [...mesh.inventory.of(HTTP_ROUTE), ...mesh.inventory.of(GRPC_ROUTE)].flatMap(({ metadata, spec }) =>
    (spec.rules ?? []).flatMap(({ filters = [] }) =>
      filters.flatMap(({ extensionRef }) =>
        extensionRef === undefined ? [] : [`${metadata.namespace}/${extensionRef.name}`],
      ),
    ),
  );
}
