import type { GatewayChunk } from '../../../snapshot/gateway-chunk.ts';
import type { AnalysedMesh } from './analysed-mesh.ts';
import type { AnalysedPolicy } from './analysed-policy.ts';
import type { Constraint } from './calls.ts';

/** A condition on what only a verified token of an end user says. */
export const isOfEndUser = ({ attribute }: Constraint): boolean =>
  /^(?:requestPrincipals$|request\.auth\.)/i.test(attribute);

/** Whether anything that a policy judges has end users, there or at a Gateway in front of it. */
export function hasEndUsers(mesh: AnalysedMesh, policy: AnalysedPolicy): boolean {
  const wide = (namespace: string): boolean =>
    mesh.compiled.policies.some((chunk) => chunk.namespace === namespace && chunk.users !== undefined);
  const known = ({ users }: Pick<GatewayChunk, 'users'>): boolean => users !== undefined;
  return (
    mesh.compiled.gateways.some((one) => policy.scope.gateways.has(`${one.namespace}/${one.name}`) && known(one)) ||
    mesh
      .servicesOf(policy)
      .some(
        (service) =>
          service.users !== undefined ||
          wide(service.namespace) ||
          wide(mesh.settings.rootNamespace) ||
          mesh.entrances.get(`${service.namespace}/${service.name}`)?.some(({ gateway }) => known(gateway)),
      )
  );
}
