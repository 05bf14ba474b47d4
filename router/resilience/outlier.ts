/** Envoy's outlier detection, as far as it looks at one endpoint. Times in milliseconds. */
export interface OutlierSettings {
  /** Answers of 500 and above, or none at all, in a row; then the endpoint is left out. */
  readonly consecutive5xx: number;
  /** A stay that was longer ago than this many intervals no longer lengthens the next one. */
  readonly interval: number;
  readonly baseEjection: number;
  readonly maxEjection: number;
  /** Of the service's endpoints so many may be out at the same time; one always may. */
  readonly maxEjectionPercent: number;
}

export interface OutlierState {
  readonly failures: number;
  /** Out until then; 0: never was. */
  readonly until: number;
  /** How often it was put out, as far as it still counts. */
  readonly times: number;
}

export const NO_OUTLIER: OutlierState = { failures: 0, until: 0, times: 0 };

export const isOut = (state: OutlierState, now: number): boolean => now < state.until;

/** @param mayEject whether the service can do without one more endpoint */
export function afterAnswer(
  state: OutlierState,
  failed: boolean,
  at: { readonly now: number; readonly mayEject: boolean },
  settings: OutlierSettings,
): OutlierState {
  const { now } = at;
  if (isOut(state, now)) return state;
  if (!failed) return state.failures === 0 ? state : { ...state, failures: 0 };
  const failures = state.failures + 1;
  if (failures < settings.consecutive5xx || !at.mayEject) return { ...state, failures };
  const forgiven = state.until === 0 ? 0 : Math.floor((now - state.until) / settings.interval);
  const times = Math.max(0, state.times - forgiven) + 1;
  const stay = Math.min(settings.baseEjection * times, Math.max(settings.maxEjection, settings.baseEjection));
  return { failures: 0, until: now + stay, times };
}

/** Whether one more of `total` endpoints may be put out while `out` are. */
export const mayEject = (out: number, total: number, { maxEjectionPercent }: OutlierSettings): boolean =>
  out === 0 || ((out + 1) / total) * 100 <= maxEjectionPercent;
