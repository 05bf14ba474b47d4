import type { Analyzer } from '../analyzer.ts';
import { valuesOf } from '../policy-values.ts';

export const portNeverUsed: Analyzer = {
  code: 'GSM0117',
  name: 'PortNeverUsed',
  severity: 'Warning',
  brief: 'A policy names a port that none of its services has (the targetPort counts, where there is one)',
  analyze(mesh, report) {
    for (const { policy, path, value } of valuesOf(mesh, 'ports', 'destination.port')) {
      const services = mesh.servicesOf(policy);
      // A service that declares none takes calls on any.
      if (services.length === 0 || policy.scope.gateways.size > 0 || services.some(({ ports }) => ports.length === 0))
        continue;
      const ports = services.flatMap((service) => service.ports);
      if (ports.some(({ port, targetPort = port }) => targetPort === Number(value))) continue;
      const target = ports.find(({ port }) => port === Number(value))?.targetPort;
      const advice = target === undefined ? 'none of its services has it' : `policies see the targetPort, ${target}`;
      report(policy.resource, path, `no call has port ${value}: ${advice}`);
    }
  },
};
