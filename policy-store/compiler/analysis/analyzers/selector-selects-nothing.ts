import { PEER_AUTHENTICATION } from '../../../resources/kinds/peer-authentication.ts';
import { hasLabels } from '../../services/labels.ts';
import type { Analyzer } from '../analyzer.ts';

export const selectorSelectsNothing: Analyzer = {
  code: 'GSM0113',
  name: 'SelectorSelectsNothing',
  severity: 'Warning',
  brief: 'The labels that a policy selects by are on no service of its namespace',
  analyze(mesh, report) {
    const policies = [...mesh.policies.map(({ resource }) => resource), ...mesh.inventory.of(PEER_AUTHENTICATION)];
    for (const resource of policies) {
      const wanted = resource.spec.selector?.matchLabels ?? {};
      if (Object.keys(wanted).length === 0) continue;
      const { namespace } = resource.metadata;
      const everywhere = namespace === mesh.settings.rootNamespace && resource.kind === 'AuthorizationPolicy';
      const found = [...mesh.services.values()].some(
        (service) => (everywhere || service.namespace === namespace) && hasLabels(service.labels, wanted),
      );
      if (found) continue;
      const where = everywhere ? 'no Service' : `no Service of namespace ${namespace}`;
      report(resource, 'spec.selector.matchLabels', `holds for nothing: ${where} has these labels`);
    }
  },
};
