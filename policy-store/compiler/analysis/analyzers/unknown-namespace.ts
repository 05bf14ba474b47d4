import type { Analyzer } from '../analyzer.ts';
import { accountOf } from '../known-callers.ts';
import { textCovers } from '../patterns/text-pattern.ts';
import { shown, valuesOf } from '../policy-values.ts';

export const unknownNamespace: Analyzer = {
  code: 'GSM0108',
  name: 'UnknownNamespace',
  severity: 'Warning',
  brief: 'A policy names callers of a namespace in which there are none',
  analyze(mesh, report) {
    const known = new Set([...mesh.callers.keys()].flatMap((principal) => accountOf(principal)?.namespace ?? []));
    for (const { policy, path, value } of valuesOf(mesh, 'namespaces', 'source.namespace')) {
      if (known.has(value) || [...known].some((name) => textCovers(value, name))) continue;
      report(
        policy.resource,
        path,
        `nobody calls from namespace ${shown(value)}: no Workload, Service or Gateway is in it`,
      );
    }
  },
};
