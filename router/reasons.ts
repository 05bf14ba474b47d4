/**
 * Every way the mesh itself answers a request: the closed list of semantics. `status` is the default status, `grpc` what
 * gRPC callers get in its place (https://grpc.io/docs/guides/status-codes), `flag` Envoy's response flag for logs and
 * Istio's dashboards, `fault` who has to act. docs/errors.md has a line for each.
 */
export const REASONS = {
  route_not_found: { status: 404, grpc: 12, flag: 'NR', fault: 'caller' },
  service_not_found: { status: 404, grpc: 12, flag: 'NC', fault: 'caller' },
  backend_invalid: { status: 500, grpc: 13, flag: 'NC', fault: 'policy' },
  no_healthy_upstream: { status: 503, grpc: 14, flag: 'UH', fault: 'upstream' },
  upstream_connect_failure: { status: 503, grpc: 14, flag: 'UF', fault: 'upstream' },
  upstream_timeout: { status: 504, grpc: 4, flag: 'UT', fault: 'upstream' },
  upstream_reset: { status: 502, grpc: 14, flag: 'UR', fault: 'upstream' },
  deadline_exceeded: { status: 504, grpc: 4, flag: 'DT', fault: 'upstream' },
  circuit_open: { status: 503, grpc: 14, flag: 'UO', fault: 'upstream' },
  concurrency_limit: { status: 503, grpc: 14, flag: 'UO', fault: 'upstream' },
  retry_budget_exhausted: { status: 503, grpc: 14, flag: 'URX', fault: 'upstream' },
  retry_limit_exceeded: { status: 503, grpc: 14, flag: 'URX', fault: 'upstream' },
  rate_limited: { status: 429, grpc: 8, flag: 'RL', fault: 'caller' },
  unauthenticated: { status: 401, grpc: 16, flag: 'UAEX', fault: 'caller' },
  token_invalid: { status: 400, grpc: 16, flag: 'UAEX', fault: 'caller' },
  token_replayed: { status: 400, grpc: 16, flag: 'UAEX', fault: 'caller' },
  permission_denied: { status: 403, grpc: 7, flag: 'UAEX', fault: 'policy' },
  fault_injected: { status: 503, grpc: 14, flag: 'FI', fault: 'policy' },
  delay_injected: { status: 503, grpc: 14, flag: 'DI', fault: 'policy' },
  request_invalid: { status: 400, grpc: 3, flag: 'DPE', fault: 'caller' },
  request_too_large: { status: 413, grpc: 8, flag: 'DPE', fault: 'caller' },
  loop_detected: { status: 508, grpc: 13, flag: 'DPE', fault: 'policy' },
  snapshot_unavailable: { status: 503, grpc: 14, flag: 'NC', fault: 'mesh' },
  snapshot_stale: { status: 503, grpc: 14, flag: 'NC', fault: 'mesh' },
  client_closed: { status: 499, grpc: 1, flag: 'DC', fault: 'caller' },
  internal_error: { status: 500, grpc: 13, flag: '-', fault: 'mesh' },
} as const satisfies Record<string, ReasonFacts>;

/** Stable code of a refusal: `code` of the problem document, `Mesh-Reason`, metric label. */
export type Reason = keyof typeof REASONS;

interface ReasonFacts {
  readonly status: number;
  readonly grpc: number;
  readonly flag: string;
  readonly fault: 'caller' | 'policy' | 'upstream' | 'mesh';
}
