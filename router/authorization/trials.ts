import type {
  Addressed,
  AtGateway,
  ChosenBackend,
  PinnedSnapshot,
  Routed,
  Screened,
  UserAuthenticated,
} from '../facts.ts';
import { type Principal, principalName } from '../identity/principal.ts';
import type { Connection } from '../message.ts';
import { rewrittenHost } from '../routing/rewrite.ts';
import { servicePortOf } from '../routing/service-port.ts';
import { clientAddress } from '../screening/client-address.ts';
import type { CallFacts } from './call-facts.ts';
import { type CompiledPolicies, hasPolicies } from './compile.ts';
import type { Trial } from './judge.ts';

/** What decides whose policies have a say in a call, and what they look at. */
export interface Undecided
  extends Pick<Screened, 'path' | 'host' | 'port' | 'headers' | 'forwarded'>,
    Pick<Routed, 'forwardedPath'>,
    UserAuthenticated,
    Partial<Addressed>,
    Partial<Pick<AtGateway, 'gatewayPolicies' | 'listenerPort'>> {
  readonly snapshot: Pick<PinnedSnapshot, 'mesh'>;
  readonly request: { readonly method: string };
  readonly connection: Pick<Connection, 'remoteAddress'>;
  readonly principal: Principal | null;
  readonly via: readonly string[];
  readonly rule: Pick<NonNullable<Routed['rule']>, 'filters'> | null;
  readonly backend: Pick<ChosenBackend, 'service' | 'widerPolicies' | 'port' | 'filters'> | null;
}

/**
 * In the mesh the addressed service judges the path as called; a backend that is another service with policies of its
 * own (bound to it, or to its namespace) judges the path as forwarded as well. At a gateway the Gateway's policies judge
 * the outside caller, then the backend the gateway.
 */
export function trialsOf(facts: Undecided, view: View = 'in-force'): readonly Trial[] {
  const { gatewayPolicies } = facts;
  return gatewayPolicies === undefined ? meshTrials(facts, view) : gatewayTrials(facts, gatewayPolicies, view);
}

/** Whether policies in shadow count: `tried` is what would be if they were in force. */
type View = 'in-force' | 'tried';

const seen = (policies: CompiledPolicies | undefined, view: View): Trial['layers'][number] =>
  view === 'tried' ? (policies?.tried ?? policies) : policies;

function meshTrials(facts: Undecided, view: View): readonly Trial[] {
  const { service, widerPolicies, port, backend } = facts;
  if (service === undefined) return [];
  const addressed = serviceTrial(facts, { service, widerPolicies: widerPolicies ?? [], port }, facts, view);
  if (backend === null || backend.service.key === service.key || !hasOwnPolicies(backend, view)) return [addressed];
  return [addressed, serviceTrial(facts, backend, asForwarded(facts), view)];
}

function gatewayTrials(facts: Undecided, policies: CompiledPolicies, view: View): readonly Trial[] {
  // The Gateway's own policies only narrow: without an ALLOW among them they leave the word to the backend's.
  const entry: Trial = {
    target: 'gateway',
    layers: [seen(policies, view)],
    call: callOf(facts, null, facts, facts.listenerPort ?? facts.port),
    otherwise: 'allow',
  };
  return facts.backend === null ? [entry] : [entry, serviceTrial(facts, facts.backend, asForwarded(facts), view)];
}

type Target = Pick<CallFacts, 'path' | 'host'>;

const asForwarded = ({ forwardedPath, host, rule, backend }: Undecided): Target => ({
  path: forwardedPath,
  host: rewrittenHost(rewrittenHost(host, rule?.filters), backend?.filters),
});

type Destination = Addressed & { readonly port: number };

function serviceTrial(facts: Undecided, at: Destination, target: Target, view: View): Trial {
  const layers = [...at.widerPolicies, at.service.policies];
  const { port, targetPort = port } = servicePortOf(at.service.chunk, { port: at.port });
  return {
    target: `service ${at.service.key}`,
    layers: view === 'tried' ? layers.map((policies) => seen(policies, view)) : layers,
    call: callOf(facts, facts.principal, target, targetPort),
    otherwise: facts.snapshot.mesh.defaultAuthorization,
  };
}

const callOf = (facts: Undecided, principal: Principal | null, target: Target, port: number): CallFacts => ({
  principal,
  via: facts.via.length === 0 ? facts.via : facts.via.map(principalName),
  endUser: facts.endUser,
  method: facts.request.method,
  path: target.path,
  host: target.host,
  hostPort: facts.port,
  port,
  headers: facts.headers,
  remoteAddress: facts.connection.remoteAddress,
  clientAddress: clientAddress(facts.connection.remoteAddress, facts.forwarded.for, facts.snapshot.mesh),
});

/** Bound to the service, or namespace-wide in its namespace; mesh-wide ones govern every service alike. */
export function hasOwnPolicies(backend: Addressed, view: View): boolean {
  const [, namespaceWide] = backend.widerPolicies;
  return hasPolicies(seen(backend.service.policies, view)) || hasPolicies(seen(namespaceWide, view));
}
