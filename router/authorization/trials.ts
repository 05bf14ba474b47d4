import type { Addressed, AtGateway, ChosenBackend, PinnedSnapshot, Routed, Screened } from '../facts.ts';
import type { Principal } from '../identity/principal.ts';
import type { Connection } from '../message.ts';
import { rewrittenHost } from '../routing/rewrite.ts';
import { servicePortOf } from '../routing/service-port.ts';
import type { CallFacts } from './call-facts.ts';
import { hasPolicies } from './compile.ts';
import type { Trial } from './judge.ts';

/** What decides whose policies have a say in a call, and what they look at. */
export interface Undecided
  extends Pick<Screened, 'path' | 'host' | 'port' | 'headers'>,
    Pick<Routed, 'forwardedPath'>,
    Partial<Addressed>,
    Partial<Pick<AtGateway, 'gatewayPolicies' | 'listenerPort'>> {
  readonly snapshot: Pick<PinnedSnapshot, 'mesh'>;
  readonly request: { readonly method: string };
  readonly connection: Pick<Connection, 'remoteAddress'>;
  readonly principal: Principal | null;
  readonly rule: Pick<NonNullable<Routed['rule']>, 'filters'> | null;
  readonly backend: Pick<ChosenBackend, 'service' | 'widerPolicies' | 'port' | 'filters'> | null;
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
  const { service, widerPolicies, port, backend } = facts;
  if (service === undefined) return [];
  const addressed = serviceTrial(facts, { service, widerPolicies: widerPolicies ?? [], port }, facts);
  if (backend === null || backend.service.key === service.key || !hasOwnPolicies(backend)) return [addressed];
  return [addressed, serviceTrial(facts, backend, asForwarded(facts))];
}

function gatewayTrials(facts: Undecided, policies: AtGateway['gatewayPolicies']): readonly Trial[] {
  // The Gateway's own policies only narrow: without an ALLOW among them they leave the word to the backend's.
  const entry: Trial = {
    target: 'gateway',
    layers: [policies],
    call: callOf(facts, null, facts, facts.listenerPort ?? facts.port),
    otherwise: 'allow',
  };
  return facts.backend === null ? [entry] : [entry, serviceTrial(facts, facts.backend, asForwarded(facts))];
}

type Target = Pick<CallFacts, 'path' | 'host'>;

const asForwarded = ({ forwardedPath, host, rule, backend }: Undecided): Target => ({
  path: forwardedPath,
  host: rewrittenHost(rewrittenHost(host, rule?.filters), backend?.filters),
});

function serviceTrial(facts: Undecided, at: Addressed & { readonly port: number }, target: Target): Trial {
  const { port, targetPort = port } = servicePortOf(at.service.chunk, { port: at.port });
  return {
    target: `service ${at.service.key}`,
    layers: [...at.widerPolicies, at.service.policies],
    call: callOf(facts, facts.principal, target, targetPort),
    otherwise: facts.snapshot.mesh.defaultAuthorization,
  };
}

const callOf = (facts: Undecided, principal: Principal | null, target: Target, port: number): CallFacts => ({
  principal,
  method: facts.request.method,
  path: target.path,
  host: target.host,
  hostPort: facts.port,
  port,
  headers: facts.headers,
  remoteAddress: facts.connection.remoteAddress,
});

/** Bound to the service, or namespace-wide in its namespace; mesh-wide ones govern every service alike. */
function hasOwnPolicies(backend: Addressed): boolean {
  const [, namespaceWide] = backend.widerPolicies;
  return hasPolicies(backend.service.policies) || hasPolicies(namespaceWide);
}
