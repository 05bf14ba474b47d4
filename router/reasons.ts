/**
 * Every way the mesh itself answers a request: the closed list of semantics. `status` is the default status, `grpc` what
 * gRPC callers get in its place (https://grpc.io/docs/guides/status-codes), `flag` Envoy's response flag for logs and
 * Istio's dashboards. docs/errors.md has a line for each.
 */
export const REASONS = {
  route_not_found: { status: 404, grpc: 12, flag: 'NR' },
  service_not_found: { status: 404, grpc: 12, flag: 'NC' },
  backend_invalid: { status: 500, grpc: 13, flag: 'NC' },
  no_healthy_upstream: { status: 503, grpc: 14, flag: 'UH' },
  upstream_connect_failure: { status: 503, grpc: 14, flag: 'UF' },
  upstream_timeout: { status: 504, grpc: 4, flag: 'UT' },
  upstream_reset: { status: 502, grpc: 14, flag: 'UR' },
  deadline_exceeded: { status: 504, grpc: 4, flag: 'DT' },
  circuit_open: { status: 503, grpc: 14, flag: 'UO' },
  concurrency_limit: { status: 503, grpc: 14, flag: 'UO' },
  retry_budget_exhausted: { status: 503, grpc: 14, flag: 'URX' },
  retry_limit_exceeded: { status: 503, grpc: 14, flag: 'URX' },
  rate_limited: { status: 429, grpc: 8, flag: 'RL' },
  unauthenticated: { status: 401, grpc: 16, flag: 'UAEX' },
  token_invalid: { status: 400, grpc: 16, flag: 'UAEX' },
  token_replayed: { status: 400, grpc: 16, flag: 'UAEX' },
  permission_denied: { status: 403, grpc: 7, flag: 'UAEX' },
  fault_injected: { status: 503, grpc: 14, flag: 'FI' },
  delay_injected: { status: 503, grpc: 14, flag: 'DI' },
  request_invalid: { status: 400, grpc: 3, flag: 'DPE' },
  request_too_large: { status: 413, grpc: 8, flag: 'DPE' },
  loop_detected: { status: 508, grpc: 13, flag: 'DPE' },
  snapshot_unavailable: { status: 503, grpc: 14, flag: 'NC' },
  snapshot_stale: { status: 503, grpc: 14, flag: 'NC' },
  client_closed: { status: 499, grpc: 1, flag: 'DC' },
  internal_error: { status: 500, grpc: 13, flag: '-' },
} as const satisfies Record<string, ReasonFacts>;

/** Stable code of a refusal: `code` of the problem document, `Mesh-Reason`, metric label. */
export type Reason = keyof typeof REASONS;

/** Who has to act. Apart from the rest because no router reads it: only the documentation is held to it. */
export const FAULTS: Readonly<Record<Reason, 'caller' | 'policy' | 'upstream' | 'mesh'>> = {
  route_not_found: 'caller',
  service_not_found: 'caller',
  backend_invalid: 'policy',
  no_healthy_upstream: 'upstream',
  upstream_connect_failure: 'upstream',
  upstream_timeout: 'upstream',
  upstream_reset: 'upstream',
  deadline_exceeded: 'upstream',
  circuit_open: 'upstream',
  concurrency_limit: 'upstream',
  retry_budget_exhausted: 'upstream',
  retry_limit_exceeded: 'upstream',
  rate_limited: 'caller',
  unauthenticated: 'caller',
  token_invalid: 'caller',
  token_replayed: 'caller',
  permission_denied: 'policy',
  fault_injected: 'policy',
  delay_injected: 'policy',
  request_invalid: 'caller',
  request_too_large: 'caller',
  loop_detected: 'policy',
  snapshot_unavailable: 'mesh',
  snapshot_stale: 'mesh',
  client_closed: 'caller',
  internal_error: 'mesh',
};

interface ReasonFacts {
  readonly status: number;
  readonly grpc: number;
  readonly flag: string;
}
