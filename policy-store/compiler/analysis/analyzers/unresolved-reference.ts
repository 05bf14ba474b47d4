import type { Condition, Resource } from '../../../resources/resource.ts';
import { resourceKey } from '../../../resources/resource-key.ts';
import type { AnalysedMesh } from '../analysed-mesh.ts';
import type { Analyzer } from '../analyzer.ts';

/** What the compiler says of documents as a whole and, of routes, of each parent. */
export function* failedConditions(
  mesh: AnalysedMesh,
  type: string,
): Iterable<{ readonly resource: Resource; readonly condition: Condition }> {
  for (const resource of mesh.resources) {
    const { conditions = [], parents = [] } = mesh.compiled.statuses.get(resourceKey(resource)) ?? {};
    const failing = (list: readonly Condition[]): Condition[] =>
      list.filter((condition) => condition.type === type && condition.status !== 'True');
    const ofParents = parents.flatMap((parent) => failing(parent.conditions));
    // The document as a whole only sums up what its parents say.
    const failed = ofParents.length > 0 ? ofParents : failing(conditions);
    const byMessage = new Map(failed.map((condition) => [condition.message, condition]));
    for (const condition of byMessage.values()) yield { resource, condition };
  }
}

export const unresolvedReference: Analyzer = {
  code: 'GSM0002',
  name: 'UnresolvedReference',
  severity: 'Error',
  brief: 'A document names a service, port, Secret or other document that does not exist, or that it may not refer to',
  analyze(mesh, report) {
    for (const { resource, condition } of failedConditions(mesh, 'ResolvedRefs')) {
      // That has a page of its own.
      if (resource.kind === 'AuthorizationPolicy') continue;
      report(resource, 'spec', `${condition.message} (${condition.reason})`);
    }
  },
};
