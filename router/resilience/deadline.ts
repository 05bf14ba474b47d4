/** Time bounds of one request. Milliseconds. */
export interface TimeBounds {
  /** Since the epoch; undefined = nothing bounds the whole. */
  readonly deadline: number | undefined;
  /** The caller allows less time than the policies do. */
  readonly byCaller: boolean;
  /** One try; 0 = only the deadline bounds it. */
  readonly tryTimeout: number;
}

interface Timeouts {
  readonly request?: number;
  readonly backendRequest?: number;
}

interface ServiceTimeouts {
  readonly requestTimeout: number;
  readonly tryTimeout: number;
}

const MILLISECONDS = /^\d{1,15}$/;

/** A `Mesh-Deadline`: absolute, whole milliseconds since the epoch. */
export function parseDeadline(text: string): number | undefined {
  return MILLISECONDS.test(text) ? Number(text) : undefined;
}

/**
 * The smaller of what the caller and the policies allow. A rule's timeout takes the place of the service's; 0 turns
 * that bound off.
 * @param callers the caller's own deadline, if it is to be believed
 */
export function timeBounds(arrival: number, rule: Timeouts, service: ServiceTimeouts, callers?: number): TimeBounds {
  const timeout = rule.request ?? service.requestTimeout;
  const own = timeout > 0 ? arrival + timeout : undefined;
  const deadline = own === undefined || callers === undefined ? (own ?? callers) : Math.min(own, callers);
  const byCaller = callers !== undefined && deadline !== own;
  return { deadline, byCaller, tryTimeout: rule.backendRequest ?? service.tryTimeout };
}

/** What ends one try that starts at `now`, and under which name. Undefined: nothing does. */
export function tryBound(
  bounds: TimeBounds,
  now: number,
): { readonly at: number; readonly reason: 'upstream_timeout' | 'deadline_exceeded' } | undefined {
  const tryEnd = bounds.tryTimeout > 0 ? now + bounds.tryTimeout : undefined;
  const { deadline } = bounds;
  if (tryEnd !== undefined && (deadline === undefined || tryEnd < deadline)) {
    return { at: tryEnd, reason: 'upstream_timeout' };
  }
  return deadline === undefined ? undefined : { at: deadline, reason: 'deadline_exceeded' };
}
