import type { ServiceChunk } from '../../snapshot/chunk.ts';
import type { Listener } from '../../snapshot/gateway-chunk.ts';
import type { MeshSettings } from '../../snapshot/manifest.ts';
import { MESH } from '../../snapshot/mesh-settings.fake.ts';
import type { AuthorizationPolicy, AuthorizationRule } from '../../snapshot/policy.ts';
import type { Filter, RouteMatch, RouteRule, RouteTable, ValidBackend } from '../../snapshot/route.ts';
import { serviceChunkAt } from '../../snapshot/service-chunk.fake.ts';
import { compilePolicies } from '../authorization/compile.ts';
import type { PinnedSnapshot, Screened } from '../facts.ts';
import { HeaderList } from '../headers.ts';
import type { IssuerKeyring } from '../identity/issuer-keyring.ts';
import { type Principal, principalOf } from '../identity/principal.ts';
import type { LoadedGateway } from '../snapshot/loaded-gateway.ts';
import type { LoadedService } from '../snapshot/loaded-service.ts';
import { compileRouteTable } from './compile.ts';

export { MESH };

/** Snapshots written by hand: chunks as the compiler would make them, loaded by the functions that routers use. */

/** @param key `namespace/name` */
export function serviceAt(key: string, over: Partial<ServiceChunk> = {}): LoadedService {
  const chunk = serviceChunkAt(key, over);
  const table = chunk.routes.default && compileRouteTable(chunk.routes.default);
  return { key, chunk, policies: compilePolicies(chunk.policies, chunk.users), routesFor: () => table };
}

/** @param key `namespace/name` */
export function gatewayAt(
  key: string,
  listeners: readonly Listener[],
  policies: readonly AuthorizationPolicy[] = [],
): LoadedGateway {
  const [namespace = '', name = ''] = key.split('/');
  const identity = `spiffe://mesh.local/ns/${namespace}/sa/${name}`;
  return {
    key,
    chunk: { kind: 'gateway', namespace, name, identity, listeners, binds: [], policies },
    policies: compilePolicies(policies),
    listeners: listeners.map((listener) => ({
      listener,
      hosts: listener.hosts.map(({ hostname, table }) => ({ hostname, table: compileRouteTable(table) })),
    })),
  };
}

export interface FakeMesh {
  readonly services?: readonly LoadedService[];
  readonly gateways?: readonly LoadedGateway[];
  /** Namespace- and mesh-wide policies. */
  readonly policies?: readonly AuthorizationPolicy[];
  readonly mesh?: Partial<MeshSettings>;
  readonly keySets?: ReadonlyMap<string, IssuerKeyring>;
  readonly revokedIds?: readonly string[];
  /** Answers with promises, as a snapshot does that has to fetch first. */
  readonly cold?: boolean;
  /** What every question ends with in place of an answer: a chunk that can not be fetched. */
  readonly lost?: Error;
}

export function snapshotOf(fake: FakeMesh): Omit<PinnedSnapshot, 'trust'> {
  const answer = <T>(value: T): T | Promise<T> => {
    if (fake.lost) return Promise.reject(fake.lost);
    return fake.cold ? Promise.resolve(value) : value;
  };
  return {
    revision: 7,
    generation: 9,
    mesh: { ...MESH, ...fake.mesh },
    revocations: { ids: fake.revokedIds ?? [], jkts: [], kids: [], issuedBefore: {}, workloads: [] },
    service: (namespace, name) => answer(fake.services?.find(({ key }) => key === `${namespace}/${name}`)),
    policies: (namespace) => {
      const held = fake.policies?.filter((policy) => policy.namespace === namespace) ?? [];
      return answer(held.length === 0 ? undefined : compilePolicies(held));
    },
    keySet: (name) => answer(fake.keySets?.get(name)),
    gateways: new Map(fake.gateways?.map((gateway) => [gateway.key, gateway])),
  };
}

/** @param at `ns/service-account` of the mesh's own trust domain */
export function callerAt(at: string): Principal {
  const [namespace, account] = at.split('/');
  const id = `spiffe://mesh.local/ns/${namespace}/sa/${account}`;
  return principalOf(id, { strength: 'proof', jkt: 'thumbprint', expiresAt: 1 }) as Principal;
}

/** @param key `namespace/name` */
export function policyAt(key: string, action: 'ALLOW' | 'DENY', ...rules: AuthorizationRule[]): AuthorizationPolicy {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name, action, rules };
}

/** @param key `namespace/name` */
export function backendAtWeight(key: string, weight = 1, filters: readonly Filter[] = []): ValidBackend {
  const [namespace = '', name = ''] = key.split('/');
  return { weight, namespace, name, port: 80, filters };
}

export function ruleAt(index: number, over: Partial<RouteRule> = {}): RouteRule {
  const id = { kind: 'HTTPRoute', namespace: 'shop', name: 'route', rule: index } as const;
  return { id, filters: [], backends: [], ...over };
}

/** One rule for everything under a prefix. */
export function tableOf(rule: RouteRule, prefix = '/'): RouteTable {
  return { matches: [prefixMatch(prefix)], rules: [rule] };
}

export const prefixMatch = (value: string, over: Partial<RouteMatch> = {}): RouteMatch => ({
  rule: 0,
  path: { type: 'PathPrefix', value },
  ...over,
});

export function screenedAs(over: Partial<Screened> = {}): Screened {
  return {
    path: '/',
    query: undefined,
    host: 'orders.shop.mesh',
    port: 80,
    authority: 'orders.shop.mesh',
    headers: new HeaderList(),
    meshHeaders: { deadline: undefined, attempt: undefined, hops: 0 },
    forwarded: { for: [], proto: undefined, believed: false },
    credentials: { wit: [], wpt: [], authorization: undefined },
    ...over,
  };
}
