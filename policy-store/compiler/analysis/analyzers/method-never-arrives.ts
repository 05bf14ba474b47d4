import type { Analyzer } from '../analyzer.ts';
import { textCovers } from '../patterns/text-pattern.ts';
import { shown, valuesOf } from '../policy-values.ts';

/** What routers take by themselves; others only where a route names them. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export const methodNeverArrives: Analyzer = {
  code: 'GSM0118',
  name: 'MethodNeverArrives',
  severity: 'Warning',
  brief: 'A policy names a method that routers refuse before any policy is asked',
  analyze(mesh, report) {
    const named = mesh.tables.flatMap(({ table }) => table.matches.flatMap(({ method }) => method ?? []));
    const known = [...new Set([...METHODS, ...named])];
    for (const { policy, path, value } of valuesOf(mesh, 'methods', '')) {
      if (known.some((method) => textCovers(value.toUpperCase(), method))) continue;
      report(policy.resource, path, `no call has the method ${shown(value)}: routers take ${METHODS.join(', ')}`);
    }
  },
};
