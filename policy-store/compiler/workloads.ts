import type { MeshSettings } from '../../snapshot/manifest.ts';
import { WORKLOAD, type WorkloadSpec } from '../resources/kinds/workload.ts';
import type { Resource } from '../resources/resource.ts';
import type { OidcIssuer } from '../resources/schema/oidc-issuer.ts';
import type { Findings } from './findings.ts';
import { defaultIdentity, identityProblem } from './identity.ts';
import { type Inventory, nameOf } from './inventory.ts';

/** A registered caller, for the issuer. */
export interface CompiledWorkload {
  /** `metadata.uid`; empty while the document is not stored. */
  readonly uid: string;
  readonly spiffeId: string;
  readonly namespace: string;
  readonly name: string;
  /** Public ES256 keys, as written. */
  readonly keys: JsonWebKey[];
  /** Whose word for it counts; audiences empty: a token must be for the mesh's own issuer. */
  readonly federation: readonly CompiledFederation[];
}

export interface CompiledFederation {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly claims: Readonly<Record<string, string>>;
}

export function compileWorkloads(
  inventory: Inventory,
  mesh: MeshSettings,
  issuers: readonly OidcIssuer[],
  findings: Findings,
): CompiledWorkload[] {
  const holders = new Map<string, string>();
  // Who has an identity by name has it before who claims it: the claim is what gets refused.
  const named = [...inventory.of(WORKLOAD)].sort((a, b) => claims(a) - claims(b));
  return named.map((workload) => {
    const { namespace, name, uid = '' } = workload.metadata;
    const spiffeId = workload.spec.spiffeId ?? defaultIdentity(mesh, namespace, name);
    const problem = identityProblem(spiffeId, mesh, namespace);
    if (problem !== undefined) findings.error(workload, 'spec.spiffeId', 'identity-refused', problem);
    const holder = holders.get(spiffeId);
    if (holder !== undefined) {
      // Whoever may edit one of two Workloads could enrol as the other.
      const message = `is the identity of Workload ${holder} already: put the keys into that one`;
      findings.error(workload, 'spec.spiffeId', 'duplicate-identity', message);
    }
    holders.set(spiffeId, nameOf(workload));
    const keys = (workload.spec.keys ?? []).map(jwkOf);
    return { uid, spiffeId, namespace, name, keys, federation: compileFederation(workload, issuers, findings) };
  });
}

/** Whoever may edit a Workload does not choose whom the mesh believes: only the MeshConfig lists issuers. */
function compileFederation(
  workload: Resource<WorkloadSpec>,
  issuers: readonly OidcIssuer[],
  findings: Findings,
): CompiledFederation[] {
  return (workload.spec.federation ?? []).flatMap(({ issuer, audience, claims }, index) => {
    const listed = issuers.find((one) => one.issuer === issuer);
    if (listed !== undefined) {
      return [{ issuer, audiences: audience === undefined ? (listed.audiences ?? []) : [audience], claims }];
    }
    const path = `spec.federation[${index}].issuer`;
    findings.error(workload, path, 'issuer-not-listed', 'is not listed under MeshConfig.issuers: add it there');
    return [];
  });
}

const claims = ({ spec }: Resource<WorkloadSpec>): number => (spec.spiffeId === undefined ? 0 : 1);

function jwkOf({ kty, crv, x, y, kid, alg }: Record<string, unknown>): JsonWebKey {
  const members = Object.entries({ kty, crv, x, y, kid, alg }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members);
}
