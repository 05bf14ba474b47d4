import type { TrafficSettings } from '../../snapshot/chunk.ts';
import type { Fallback, FaultRule, HedgePolicy, RateLimit, RouteRule } from '../../snapshot/route.ts';

type Row = readonly [label: string, text: string];

/** What a service's calls are subject to; mechanisms that are off by default only where they are on. */
export function trafficFacts(traffic: TrafficSettings): Row[] {
  const { hedge, outlier, concurrency, admission, rateLimits, fallback, faults } = traffic;
  const rows: (Row | false)[] = [
    ['Timeouts', `request ${time(traffic.requestTimeout)}, one try ${time(traffic.tryTimeout)}`],
    ['Retries', retryText(traffic.retry)],
    hedge !== undefined && ['Hedging', hedgeText(hedge)],
    ['Breaker', breakerText(traffic.breaker)],
    outlier !== undefined && [
      'Outliers',
      `out after ${outlier.consecutive5xx} 5xx in a row, ${time(outlier.baseEjection)} to ${time(outlier.maxEjection)}, at most ${outlier.maxEjectionPercent} %`,
    ],
    ['Balancing', balancingText(traffic.balancing)],
    concurrency !== undefined && [
      'Concurrency',
      `${concurrency.limit} at a time, ${concurrency.queue} wait up to ${concurrency.wait}ms, per router`,
    ],
    admission !== undefined && ['Admission', `adaptive, ${admission.minimum} to ${admission.maximum} at a time`],
    rateLimits !== undefined && ['Rate limits', rateLimits.map(limitText).join('; ')],
    fallback !== undefined && ['Fallback', fallbackText(fallback)],
    faults !== undefined && ['Faults', faults.map(faultText).join('; ')],
  ];
  return rows.filter((row) => row !== false);
}

/** The same of a rule, as words beside it. */
export function ruleWords({ hedge, fallback, rateLimits = [], faults = [] }: Partial<RouteRule>): string[] {
  return [
    ...(hedge === undefined ? [] : [`hedging ${hedgeText(hedge)}`]),
    ...rateLimits.map((limit) => `limit ${limitText(limit)}`),
    ...faults.map((fault) => `fault ${faultText(fault)}`),
    ...(fallback === undefined ? [] : [`else ${fallbackText(fallback)}`]),
  ];
}

const time = (milliseconds: number): string =>
  milliseconds === 0 ? 'unbounded' : milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

function retryText({ limit, codes, unsafe, budget }: TrafficSettings['retry']): string {
  if (limit === 0) return 'off';
  const also = unsafe ? ', also of unsafe requests' : '';
  return `up to ${limit}, after ${codes.join(', ')}${also}; budget ${percent(budget.share)} of requests, or ${budget.floor}/s`;
}

const hedgeText = ({ delay }: HedgePolicy): string => `after ${delay === 'p95' ? delay : time(delay)}`;

function breakerText({ failures, codes, successRate, panicThreshold }: TrafficSettings['breaker']): string {
  const causes = [
    ...(failures === 0 ? [] : [`${failures} failures in a row`]),
    ...(successRate === undefined ? [] : [`a success rate under ${percent(successRate.threshold)}`]),
  ];
  if (causes.length === 0) return 'off';
  const panic = panicThreshold === 0 ? '' : `; all are used when under ${percent(panicThreshold)} are left`;
  return `opens after ${causes.join(', or ')} (no answer, ${codes.join(', ')})${panic}`;
}

function balancingText({ policy, hash, slowStart, regions }: TrafficSettings['balancing']): string {
  const key = hash === undefined ? '' : ` by ${hash.from}${'name' in hash ? ` ${hash.name}` : ''}`;
  return [
    `${policy}${key}`,
    ...(slowStart === undefined ? [] : [`slow start ${time(slowStart)}`]),
    ...(regions === undefined ? [] : [`regions ${regions.join(', ')}`]),
  ].join('; ');
}

function limitText({ name, requests, window, per, mode, scope }: RateLimit): string {
  const whose = per === 'service' ? '' : per === 'caller' ? ' per caller' : ` per ${per.header}`;
  const marks = [...(mode === 'shadow' ? ['shadow'] : []), ...(scope === 'global' ? ['global'] : [])];
  return `${name} ${requests}/${time(window)}${whose}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
}

const fallbackText = (fallback: Fallback): string =>
  'service' in fallback
    ? `Service ${fallback.service.namespace}/${fallback.service.name}:${fallback.service.port}`
    : `answer ${fallback.answer.status}`;

function faultText({ name, delay, abort, byHeader }: FaultRule): string {
  const what = [
    ...(delay === undefined ? [] : [`delay ${time(delay.duration)} of ${percent(delay.share)}`]),
    ...(abort === undefined ? [] : [`abort ${abortStatus(abort)} of ${percent(abort.share)}`]),
    ...(byHeader === undefined ? [] : [`as ${byHeader.principals.join(', ')} asks`]),
  ];
  return `${name} ${what.join(', ')}`;
}

const abortStatus = ({ status, grpcStatus }: NonNullable<FaultRule['abort']>): string =>
  grpcStatus === undefined ? String(status) : `grpc-status ${grpcStatus}`;
