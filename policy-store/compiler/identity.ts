import type { MeshSettings } from '../../snapshot/manifest.ts';
import { parseSpiffeId } from '../../snapshot/spiffe-id.ts';

/** SPIFFE ID of a service, workload or gateway that says none of its own. */
export const defaultIdentity = (mesh: Pick<MeshSettings, 'trustDomain'>, namespace: string, name: string): string =>
  `spiffe://${mesh.trustDomain}/ns/${namespace}/sa/${name}`;

/**
 * Why a document of a namespace can not have this SPIFFE ID; undefined when it can. IDs of other namespaces are refused:
 * a service under another's identity would be sent Mesh-Calls that the other one believes.
 */
export function identityProblem(
  id: string,
  mesh: Pick<MeshSettings, 'trustDomain'>,
  namespace: string,
): string | undefined {
  const parsed = parseSpiffeId(id);
  if (parsed?.trustDomain !== mesh.trustDomain)
    return `must be a SPIFFE ID of this mesh, spiffe://${mesh.trustDomain}/...`;
  const owner = /^\/ns\/([^/]+)/.exec(parsed.path)?.[1];
  if (owner === undefined || owner === namespace) return undefined;
  return `belongs to namespace ${owner}, not to ${namespace}: leave it out, or put the document into ${owner}`;
}
