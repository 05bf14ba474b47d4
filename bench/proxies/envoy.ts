import { unusedPort } from '../../test/blackbox/context.ts';
import type { World } from './contestants.ts';
import { pathOf, SERVICES, serviceName } from './mesh.ts';

/** Where Envoy finds its token. Not in Authorization: a proof of ours would have to cover that one as well. */
export const PEER_HEADER = 'Peer-Token';
export const PEER_ISSUER = 'https://issuer.bench.test';
const ROUTES = 10;

/**
 * The same work as ours: a token of its own class checked on every request, a policy for each service, 1,000 routes with
 * weighted clusters, retries armed, an outlier detection where we have a breaker, statistics on.
 */
export async function envoyConfig({ upstreams, jwks }: World): Promise<{ text: string; port: number }> {
  const port = await unusedPort();
  const clusters = Array.from({ length: SERVICES }, (_, n) => [serviceName(n), `${serviceName(n)}-v2`])
    .flat()
    .map((name) => clusterOf(name, upstreams));
  const config = {
    static_resources: {
      listeners: [
        {
          name: 'front',
          address: { socket_address: { address: '127.0.0.1', port_value: port } },
          filter_chains: [{ filters: [connectionManager(jwks)] }],
        },
      ],
      clusters,
    },
  };
  // JSON is YAML.
  return { text: JSON.stringify(config), port };
}

const clusterOf = (name: string, upstreams: readonly string[]): object => ({
  name,
  type: 'STATIC',
  connect_timeout: '5s',
  lb_policy: 'LEAST_REQUEST',
  outlier_detection: { consecutive_gateway_failure: 7 },
  circuit_breakers: { thresholds: [{ retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 10 } }] },
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: upstreams.map((url) => {
          const { hostname, port } = new URL(url);
          return { endpoint: { address: { socket_address: { address: hostname, port_value: Number(port) } } } };
        }),
      },
    ],
  },
});

const typed = (type: string, more: object): object => ({
  '@type': `type.googleapis.com/envoy.extensions.filters.${type}`,
  ...more,
});

const connectionManager = (jwks: World['jwks']): object => ({
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: typed('network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'front',
    generate_request_id: true,
    route_config: { name: 'mesh', virtual_hosts: Array.from({ length: SERVICES }, (_, n) => virtualHost(n)) },
    http_filters: [
      { name: 'envoy.filters.http.jwt_authn', typed_config: jwtAuthn(jwks) },
      { name: 'envoy.filters.http.rbac', typed_config: typed('http.rbac.v3.RBAC', {}) },
      { name: 'envoy.filters.http.router', typed_config: typed('http.router.v3.Router', {}) },
    ],
  }),
});

const jwtAuthn = (jwks: World['jwks']): object =>
  typed('http.jwt_authn.v3.JwtAuthentication', {
    providers: {
      mesh: {
        issuer: PEER_ISSUER,
        local_jwks: { inline_string: JSON.stringify(jwks) },
        from_headers: [{ name: PEER_HEADER }],
        forward: true,
        payload_in_metadata: 'jwt',
        jwt_cache_config: { jwt_cache_size: 1000 },
      },
    },
    rules: [{ match: { prefix: '/' }, requires: { provider_name: 'mesh' } }],
  });

const allowCart = {
  action: 'ALLOW',
  policies: {
    cart: {
      permissions: [{ header: { name: ':method', string_match: { exact: 'GET' } } }],
      principals: [
        {
          metadata: {
            filter: 'envoy.filters.http.jwt_authn',
            path: [{ key: 'jwt' }, { key: 'sub' }],
            value: { string_match: { exact: 'spiffe://mesh.local/ns/shop/sa/cart' } },
          },
        },
      ],
    },
  },
};

const virtualHost = (n: number): object => ({
  name: serviceName(n),
  domains: [`${serviceName(n)}.shop.mesh`],
  typed_per_filter_config: {
    'envoy.filters.http.rbac': typed('http.rbac.v3.RBACPerRoute', { rbac: { rules: allowCart } }),
  },
  routes: Array.from({ length: ROUTES }, (_, route) => ({
    match: { path_separated_prefix: pathOf(route) },
    route: {
      weighted_clusters: {
        clusters: [
          { name: serviceName(n), weight: 90 },
          { name: `${serviceName(n)}-v2`, weight: 10 },
        ],
      },
      timeout: '15s',
      retry_policy: { retry_on: 'connect-failure,reset,gateway-error', num_retries: 2 },
    },
  })),
});
