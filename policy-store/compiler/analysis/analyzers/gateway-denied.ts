import type { AnalysedMesh, Entrance } from '../analysed-mesh.ts';
import type { Analyzer } from '../analyzer.ts';
import { mayName } from '../calls.ts';
import { principalOf } from '../known-callers.ts';

export const gatewayDenied: Analyzer = {
  code: 'GSM0306',
  name: 'GatewayDenied',
  severity: 'Error',
  brief: 'A route sends from a Gateway to a Service whose policies deny that Gateway',
  analyze(mesh, report) {
    const routes = new Map(
      mesh.resources.map((resource) => [
        `${resource.kind}/${resource.metadata.namespace}/${resource.metadata.name}`,
        resource,
      ]),
    );
    for (const [service, entrances] of mesh.entrances) {
      const said = new Set<string>();
      for (const { gateway, rule } of entrances) {
        const { kind, namespace, name } = rule.id;
        const route = routes.get(`${kind}/${namespace}/${name}`);
        const text = `every call through Gateway ${gateway.namespace}/${gateway.name} to Service ${service} is denied: no ALLOW policy admits ${principalOf(gateway.identity)}`;
        const place = `${kind}/${namespace}/${name}/${rule.id.rule} ${text}`;
        if (route === undefined || said.has(place) || mayEnter(mesh, service, gateway)) continue;
        said.add(place);
        report(route, `spec.rules[${rule.id.rule}].backendRefs`, text);
      }
    }
  },
};

function mayEnter(mesh: AnalysedMesh, service: string, gateway: Entrance['gateway']): boolean {
  const allowing = mesh.policiesOf(service).filter(({ policy, inForce }) => inForce && policy.action === 'ALLOW');
  if (allowing.length === 0) return mesh.settings.defaultAuthorization === 'allow';
  const principal = principalOf(gateway.identity);
  return allowing.some(({ rules }) =>
    rules.some(({ calls }) => calls === undefined || calls.some((one) => mayName(one, principal))),
  );
}
