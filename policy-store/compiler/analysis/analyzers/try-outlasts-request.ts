import type { RuleId } from '../../../../snapshot/route.ts';
import type { Analyzer } from '../analyzer.ts';

export const tryOutlastsRequest: Analyzer = {
  code: 'GSM0305',
  name: 'TryOutlastsRequest',
  severity: 'Warning',
  brief:
    'The time for one try is longer than the time for the whole request, which a TrafficPolicy or the default sets',
  analyze(mesh, report) {
    const keyOf = ({ kind, namespace, name }: Pick<RuleId, 'kind' | 'namespace' | 'name'>) =>
      `${kind}/${namespace}/${name}`;
    const routes = new Map(
      mesh.resources.map((resource) => [
        `${resource.kind}/${resource.metadata.namespace}/${resource.metadata.name}`,
        resource,
      ]),
    );
    for (const { table, service, owner } of mesh.tables) {
      for (const { id, timeouts = {}, backends } of table.rules) {
        const route = routes.get(keyOf(id));
        const [target] = backends.flatMap((one) =>
          'invalid' in one ? [] : (mesh.chunks.get(`${one.namespace}/${one.name}`) ?? []),
        );
        const whole = timeouts.request ?? (service ?? target)?.traffic.requestTimeout ?? 0;
        const one = timeouts.backendRequest ?? 0;
        if (route === undefined || whole === 0 || one <= whole) continue;
        report(
          route,
          `spec.rules[${id.rule}].timeouts`,
          `gives one try ${one} ms, but the whole request ends after ${whole} ms (${owner}): raise request, or lower backendRequest`,
        );
      }
    }
  },
};
