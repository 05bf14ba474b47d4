import type { ServiceChunk } from '../../../../snapshot/chunk.ts';
import type { AnalysedMesh } from '../analysed-mesh.ts';
import type { Analyzer } from '../analyzer.ts';
import { textCovers } from '../patterns/text-pattern.ts';
import { shown, valuesOf } from '../policy-values.ts';

export const hostNeverAsked: Analyzer = {
  code: 'GSM0116',
  name: 'HostNeverAsked',
  severity: 'Warning',
  brief: 'A policy names a host under which nobody calls the services that it is for',
  analyze(mesh, report) {
    for (const { policy, path, value, excluded } of valuesOf(mesh, 'hosts', '')) {
      if (excluded || policy.scope.gateways.size > 0) continue;
      const services = mesh.servicesOf(policy);
      if (services.length === 0 || services.some((service) => hasOtherHosts(mesh, service))) continue;
      const pattern = value.toLowerCase().replace(/:(?:\d+|\d*\*)$/, '');
      const names = services.flatMap((service) => hostsOf(service, mesh.settings.domain));
      if (names.some((name) => textCovers(pattern, name))) continue;
      report(
        policy.resource,
        path,
        `nobody calls ${shown(value)} here: ${shown(names[0] ?? '')} is how this service is called`,
      );
    }
  },
};

/** From outside, and behind a rewrite, a service is called by any name. */
function hasOtherHosts(mesh: AnalysedMesh, { namespace, name }: ServiceChunk): boolean {
  const key = `${namespace}/${name}`;
  return mesh.entrances.has(key) || mesh.backends.has(key);
}

const hostsOf = ({ namespace, name }: ServiceChunk, domain: string): string[] => [
  `${name}.${namespace}.${domain}`,
  ...(namespace === 'default' ? [`${name}.${domain}`] : []),
];
