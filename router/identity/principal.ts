import type { Strength } from '../../snapshot/chunk.ts';
import { parseSpiffeId } from '../../snapshot/spiffe-id.ts';

/** Who a caller was proven to be. */
export interface Principal {
  /** SPIFFE ID, exactly as the token says it. */
  readonly id: string;
  /** The ID without `spiffe://`, as policies write it: `mesh.local/ns/shop/sa/cart`. */
  readonly name: string;
  readonly trustDomain: string;
  /** Undefined when the path of the ID is not `/ns/<namespace>/sa/<service account>`. */
  readonly namespace: string | undefined;
  readonly serviceAccount: string | undefined;
  /** How it was proven. */
  readonly strength: Strength;
  /** RFC 7638 thumbprint of the key that the caller proved to hold; empty for the mesh's own gateways. */
  readonly jkt: string;
  /** Of the credential; milliseconds since the epoch. A stream that began before may outlive it, but no revocation. */
  readonly expiresAt: number;
}

/** A principal with all that a revocation may name of its credential. */
export interface ProvenIdentity {
  readonly principal: Principal;
  /** Key ID of the key that signed the credential. */
  readonly kid: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** `metadata.uid` of the Workload that it was issued for. */
  readonly uid: string;
}

/** A SPIFFE ID as policies write it. */
export const principalName = (id: string): string => id.slice('spiffe://'.length);

/** Undefined: `id` is no SPIFFE ID. */
export function principalOf(
  id: string,
  proven: { readonly strength: Strength; readonly jkt: string; readonly expiresAt: number },
): Principal | undefined {
  const parts = parseSpiffeId(id);
  if (parts === undefined) return undefined;
  return {
    id,
    name: `${parts.trustDomain}${parts.path}`,
    trustDomain: parts.trustDomain,
    namespace: parts.namespace,
    serviceAccount: parts.serviceAccount,
    strength: proven.strength,
    jkt: proven.jkt,
    expiresAt: proven.expiresAt,
  };
}
