import { CORE_SERVICE } from '../../../resources/kinds/core-service.ts';
import { SERVICE } from '../../../resources/kinds/service.ts';
import { nameOf } from '../../inventory.ts';
import type { Analyzer } from '../analyzer.ts';

export const serviceWithoutEndpoints: Analyzer = {
  code: 'GSM0401',
  name: 'ServiceWithoutEndpoints',
  severity: 'Warning',
  brief: 'A Service has no endpoints, no route that sends elsewhere and no fallback: every call is answered with 503',
  analyze(mesh, report) {
    const documents = [...mesh.inventory.of(CORE_SERVICE), ...mesh.inventory.of(SERVICE)];
    for (const [key, resource] of new Map(documents.map((document) => [nameOf(document), document]))) {
      const chunk = mesh.chunks.get(key);
      if (chunk === undefined || chunk.endpoints.some(({ weight }) => weight > 0)) continue;
      if (chunk.traffic.fallback !== undefined) continue;
      if (mesh.tables.some(({ service }) => service === chunk)) continue;
      report(resource, 'spec.endpoints', 'has nowhere to send calls to: give it endpoints, or attach a route to it');
    }
  },
};
