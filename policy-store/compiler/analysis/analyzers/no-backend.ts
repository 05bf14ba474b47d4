import { GRPC_ROUTE } from '../../../resources/kinds/grpc-route.ts';
import { HTTP_ROUTE } from '../../../resources/kinds/http-route.ts';
import type { HttpOrGrpcRoute } from '../../routes/compile-route.ts';
import type { Analyzer } from '../analyzer.ts';

export const noBackend: Analyzer = {
  code: 'GSM0303',
  name: 'NoBackend',
  severity: 'Warning',
  brief: 'A rule sends nowhere: it has no backendRefs, or all of their weights are 0',
  analyze(mesh, report) {
    const routes: HttpOrGrpcRoute[] = [...mesh.inventory.of(HTTP_ROUTE), ...mesh.inventory.of(GRPC_ROUTE)];
    for (const route of routes) {
      for (const [index, { backendRefs = [], filters = [] }] of (route.spec.rules ?? []).entries()) {
        if (filters.some(({ type }) => type === 'RequestRedirect')) continue;
        if (backendRefs.some(({ weight = 1 }) => weight > 0)) continue;
        const why = backendRefs.length === 0 ? 'it has no backendRefs' : 'the weights of its backendRefs are all 0';
        report(route, `spec.rules[${index}].backendRefs`, `answers every request with 500: ${why}`);
      }
    }
  },
};
