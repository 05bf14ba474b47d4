import type { ServiceChunk, Strength } from '../../snapshot/chunk.ts';
import { Refusal, type StageResult } from '../exchange.ts';
import type { Addressed, Arrival, Authenticated, Screened, Traced } from '../facts.ts';
import type { Principal } from '../identity/principal.ts';

/** What a proof is worth, weakest first. A service accepts its least strength and all above. */
const STRENGTHS: readonly Strength[] = ['bearer', 'proof', 'strict-proof', 'mtls'];

/**
 * Establishes who calls. Nothing sent: 401, or no principal where the service is PERMISSIVE. Something sent that does not
 * hold: 400 always, so that a broken credential never passes as none.
 */
export function authenticate(facts: Arrival & Screened & Traced & Addressed): StageResult<Authenticated> {
  const { credentials, snapshot, service, now } = facts;
  const { chunk } = service;
  const audience = `http://${chunk.name}.${chunk.namespace}.${snapshot.mesh.domain}`;
  const verified = facts.parts.verifier.verify(credentials, audience, snapshot, now);
  return verified instanceof Promise ? verified.then((result) => accept(result, chunk)) : accept(verified, chunk);
}

function accept(verified: Principal | Refusal, chunk: ServiceChunk): Authenticated | Refusal {
  if (verified instanceof Refusal) {
    const nobody = verified.reason === 'unauthenticated' && chunk.peerAuthentication === 'PERMISSIVE';
    return nobody ? { principal: null } : verified;
  }
  const needed = STRENGTHS.indexOf(chunk.authn);
  if (needed < 0 || STRENGTHS.indexOf(verified.strength) < needed) {
    return new Refusal('token_invalid', `this service asks for an identity of strength ${chunk.authn}`);
  }
  return { principal: verified };
}
