import type { SeriesLabels } from '../../snapshot/telemetry.ts';
import type { Labels } from './exposition.ts';

/** Envoy's response flag of each refusal; must say what the routers' list of reasons says (test/contract compares). */
export const RESPONSE_FLAGS: Readonly<Record<string, string>> = {
  route_not_found: 'NR',
  service_not_found: 'NC',
  backend_invalid: 'NC',
  no_healthy_upstream: 'UH',
  upstream_connect_failure: 'UF',
  upstream_timeout: 'UT',
  upstream_reset: 'UR',
  deadline_exceeded: 'DT',
  circuit_open: 'UO',
  concurrency_limit: 'UO',
  retry_budget_exhausted: 'URX',
  retry_limit_exceeded: 'URX',
  rate_limited: 'RL',
  unauthenticated: 'UAEX',
  token_invalid: 'UAEX',
  token_replayed: 'UAEX',
  permission_denied: 'UAEX',
  fault_injected: 'FI',
  delay_injected: 'DI',
  request_invalid: 'DPE',
  request_too_large: 'DPE',
  loop_detected: 'DPE',
  snapshot_unavailable: 'NC',
  snapshot_stale: 'NC',
  client_closed: 'DC',
};

const UNKNOWN = 'unknown';
const CLUSTER = 'gossamer';

/**
 * The labels that Istio's dashboards and Kiali read. A router stands between two services without a sidecar at either,
 * as Istio's waypoint does; a gateway is itself the client, which Istio calls `source`.
 */
export function istioLabels(labels: SeriesLabels, domain: string): Labels {
  const source = workloadOf(labels.source);
  const service = nameOf(labels.destination);
  const workload = labels.backend === 'none' ? service : nameOf(labels.backend);
  return {
    reporter: labels.reporter === 'router' ? 'waypoint' : 'source',
    response_code: labels.code,
    response_flags: RESPONSE_FLAGS[labels.reason] ?? '-',
    request_protocol: 'http',
    connection_security_policy: source.name === UNKNOWN ? 'none' : 'mutual_tls',
    source_workload: source.name,
    source_workload_namespace: source.namespace,
    source_principal: labels.source,
    source_canonical_service: source.name,
    source_canonical_revision: 'latest',
    source_cluster: CLUSTER,
    destination_service: service.name === UNKNOWN ? UNKNOWN : `${service.name}.${service.namespace}.${domain}`,
    destination_service_name: service.name,
    destination_service_namespace: service.namespace,
    destination_workload: workload.name,
    destination_workload_namespace: workload.namespace,
    destination_principal: UNKNOWN,
    destination_canonical_service: workload.name,
    destination_canonical_revision: 'latest',
    destination_cluster: CLUSTER,
  };
}

interface Name {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`; everything else (`unknown`, `overflow`) names itself. */
function nameOf(text: string): Name {
  const [namespace, name] = text.split('/');
  return namespace && name ? { namespace, name } : { namespace: UNKNOWN, name: text };
}

function workloadOf(spiffeId: string): Name {
  const [, namespace, name] = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(spiffeId) ?? [];
  return namespace && name ? { namespace, name } : { namespace: UNKNOWN, name: UNKNOWN };
}
