import { TRAFFIC_POLICY } from '../../../resources/kinds/traffic-policy.ts';
import type { Analyzer } from '../analyzer.ts';

export const regionWithoutEndpoint: Analyzer = {
  code: 'GSM0313',
  name: 'RegionWithoutEndpoint',
  severity: 'Warning',
  brief: 'A TrafficPolicy prefers a region in which its Service has no endpoint',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(TRAFFIC_POLICY)) {
      const { loadBalancing, targetRefs } = resource.spec;
      const services = targetRefs.flatMap(
        ({ name }) => mesh.chunks.get(`${resource.metadata.namespace}/${name}`) ?? [],
      );
      if (services.length === 0) continue;
      const there = new Set(services.flatMap(({ endpoints }) => endpoints.map(({ region }) => region)));
      loadBalancing?.regions?.forEach((region, index) => {
        if (there.has(region)) return;
        const known = [...there].filter((name) => name !== undefined).join(', ') || 'none';
        report(
          resource,
          `spec.loadBalancing.regions[${index}]`,
          `"${region}" has no endpoint (regions of its endpoints: ${known}): give endpoints a region, or take it off`,
        );
      });
    }
  },
};
