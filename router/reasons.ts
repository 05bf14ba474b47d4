/**
 * Every way the mesh itself answers a request: the closed list of semantics. `status` is the default status, `flag`
 * Envoy's response flag for logs and Istio's dashboards, `fault` who has to act. docs/errors.md has a line for each.
 */
export const REASONS = {
  route_not_found: { status: 404, flag: 'NR', fault: 'caller' },
  service_not_found: { status: 404, flag: 'NC', fault: 'caller' },
  backend_invalid: { status: 500, flag: 'NC', fault: 'policy' },
  no_healthy_upstream: { status: 503, flag: 'UH', fault: 'upstream' },
  upstream_connect_failure: { status: 503, flag: 'UF', fault: 'upstream' },
  upstream_timeout: { status: 504, flag: 'UT', fault: 'upstream' },
  upstream_reset: { status: 502, flag: 'UR', fault: 'upstream' },
  deadline_exceeded: { status: 504, flag: 'DT', fault: 'upstream' },
  circuit_open: { status: 503, flag: 'UO', fault: 'upstream' },
  concurrency_limit: { status: 503, flag: 'UO', fault: 'upstream' },
  retry_budget_exhausted: { status: 503, flag: 'URX', fault: 'upstream' },
  retry_limit_exceeded: { status: 503, flag: 'URX', fault: 'upstream' },
  rate_limited: { status: 429, flag: 'RL', fault: 'caller' },
  unauthenticated: { status: 401, flag: 'UAEX', fault: 'caller' },
  token_invalid: { status: 400, flag: 'UAEX', fault: 'caller' },
  token_replayed: { status: 400, flag: 'UAEX', fault: 'caller' },
  permission_denied: { status: 403, flag: 'UAEX', fault: 'policy' },
  fault_injected: { status: 503, flag: 'FI', fault: 'policy' },
  delay_injected: { status: 503, flag: 'DI', fault: 'policy' },
  request_invalid: { status: 400, flag: 'DPE', fault: 'caller' },
  request_too_large: { status: 413, flag: 'DPE', fault: 'caller' },
  loop_detected: { status: 508, flag: 'DPE', fault: 'policy' },
  snapshot_unavailable: { status: 503, flag: 'NC', fault: 'mesh' },
  snapshot_stale: { status: 503, flag: 'NC', fault: 'mesh' },
  client_closed: { status: 499, flag: 'DC', fault: 'caller' },
  internal_error: { status: 500, flag: '-', fault: 'mesh' },
} as const satisfies Record<string, { status: number; flag: string; fault: 'caller' | 'policy' | 'upstream' | 'mesh' }>;

/** Stable code of a refusal: `code` of the problem document, `Mesh-Reason`, metric label. */
export type Reason = keyof typeof REASONS;
