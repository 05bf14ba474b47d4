import { type MaybePromise, Refusal, type StageResult } from '../exchange.ts';
import type { Addressed, Arrival, Authenticated, Screened, Traced } from '../facts.ts';
import { isStrongEnough } from '../identity/credential-profile.ts';
import type { Principal, ProvenIdentity } from '../identity/principal.ts';
import { andThen } from '../routing/load-service.ts';

type Facts = Arrival & Screened & Traced & Addressed;

/** Of a bearer token nothing is left for later stages: it is the caller's, not the end user's. */
type Established = Authenticated & Partial<Pick<Screened, 'credentials'>>;

const NO_ONE_BEFORE: readonly string[] = [];
const USED_UP: Screened['credentials'] = { wit: [], wpt: [], authorization: undefined };

/**
 * Establishes who calls, and by way of whom. Nothing sent: 401, or no principal where the service is PERMISSIVE.
 * Something sent that does not hold: 400 (401 in bearer mode) always, so that a broken credential never passes as none.
 */
export function authenticate(facts: Facts): StageResult<Established> {
  const { credentials, snapshot, service, now } = facts;
  const { chunk } = service;
  const audience = `http://${chunk.name}.${chunk.namespace}.${snapshot.mesh.domain}`;
  const verified = facts.parts.verifier.verify(credentials, audience, snapshot, now, facts);
  return andThen(verified, (result) => accept(result, facts));
}

function accept(verified: ProvenIdentity | Refusal, facts: Facts): MaybePromise<Established | Refusal> {
  const { authn, peerAuthentication } = facts.service.chunk;
  if (verified instanceof Refusal) {
    const nobody = verified.reason === 'unauthenticated' && peerAuthentication === 'PERMISSIVE';
    return nobody ? withParents(facts, undefined) : verified;
  }
  const { strength } = verified.principal;
  if (!isStrongEnough(strength, authn)) {
    const check = strength === 'proof' && authn === 'strict-proof' ? 'proof_not_strict' : 'too_weak';
    return new Refusal('token_invalid', `this service asks for an identity of strength ${authn}`, { check });
  }
  if (strength !== 'bearer') return withParents(facts, verified);
  facts.headers.delete('authorization');
  return andThen(withParents(facts, verified), (result) =>
    result instanceof Refusal ? result : { ...result, credentials: USED_UP },
  );
}

/** The chain of callers, where the caller hands it on. */
function withParents(facts: Facts, identity: ProvenIdentity | undefined): MaybePromise<Authenticated | Refusal> {
  const { parentCall } = facts.meshHeaders;
  const principal = identity?.principal ?? null;
  if (parentCall === undefined) return established(principal, NO_ONE_BEFORE, identity);
  const via = facts.parts.verifier.parents.read(parentCall, principal?.id, facts.snapshot, facts.now);
  return andThen(via, (result) => (result instanceof Refusal ? result : established(principal, result, identity)));
}

const established = (
  principal: Principal | null,
  via: readonly string[],
  identity: ProvenIdentity | undefined,
): Authenticated => (identity === undefined ? { principal, via } : { principal, via, identity });
