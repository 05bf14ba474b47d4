import type { Addressed, AtGateway, ChosenBackend, PinnedSnapshot } from '../facts.ts';
import type { Principal } from '../identity/principal.ts';
import { hasPolicies } from './compile.ts';
import type { Trial } from './judge.ts';

/** What decides whose policies have a say in a call. */
export interface Undecided extends Partial<Addressed>, Partial<Pick<AtGateway, 'gatewayPolicies'>> {
  readonly snapshot: Pick<PinnedSnapshot, 'mesh'>;
  readonly request: { readonly method: string };
  readonly principal: Principal | null;
  /** Canonical path as called. */
  readonly path: string;
  /** Path as forwarded. */
  readonly forwardedPath: string;
  readonly backend: Pick<ChosenBackend, 'service' | 'widerPolicies'> | null;
}

/**
 * In the mesh the addressed service judges the path as called; a backend that is another service with policies of its
 * own (bound to it, or to its namespace) judges the path as forwarded as well. At a gateway the Gateway's policies judge
 * the outside caller, then the backend the gateway.
 */
export function trialsOf(facts: Undecided): readonly Trial[] {
  return facts.gatewayPolicies === undefined ? meshTrials(facts) : gatewayTrials(facts, facts.gatewayPolicies);
}

function meshTrials(facts: Undecided): readonly Trial[] {
  const { service, widerPolicies, backend } = facts;
  if (service === undefined) return [];
  const addressed = serviceTrial(facts, { service, widerPolicies: widerPolicies ?? [] }, facts.path);
  if (backend === null || backend.service.key === service.key || !hasOwnPolicies(backend)) return [addressed];
  return [addressed, serviceTrial(facts, backend, facts.forwardedPath)];
}

function gatewayTrials(facts: Undecided, policies: AtGateway['gatewayPolicies']): readonly Trial[] {
  // The Gateway's own policies only narrow: without an ALLOW among them they leave the word to the backend's.
  const entry: Trial = {
    target: 'gateway',
    layers: [policies],
    call: { principal: null, method: facts.request.method, path: facts.path },
    otherwise: 'allow',
  };
  return facts.backend === null ? [entry] : [entry, serviceTrial(facts, facts.backend, facts.forwardedPath)];
}

function serviceTrial(facts: Undecided, at: Addressed, path: string): Trial {
  return {
    target: `service ${at.service.key}`,
    layers: [...at.widerPolicies, at.service.policies],
    call: { principal: facts.principal, method: facts.request.method, path },
    otherwise: facts.snapshot.mesh.defaultAuthorization,
  };
}

/** Bound to the service, or namespace-wide in its namespace; mesh-wide ones govern every service alike. */
function hasOwnPolicies(backend: Addressed): boolean {
  const [, namespaceWide] = backend.widerPolicies;
  return hasPolicies(backend.service.policies) || hasPolicies(namespaceWide);
}
