import { faultText, limitText, percentText, timeText } from '../../router/explain/traffic-text.ts';
import type { TrafficSettings } from '../../snapshot/chunk.ts';
import type { Fallback, HedgePolicy, RouteRule } from '../../snapshot/route.ts';

type Row = readonly [label: string, text: string];

/** What a service's calls are subject to; mechanisms that are off by default only where they are on. */
export function trafficFacts(traffic: TrafficSettings): Row[] {
  const { hedge, outlier, concurrency, admission, rateLimits, fallback, faults } = traffic;
  const rows: (Row | false)[] = [
    ['Timeouts', `request ${timeText(traffic.requestTimeout)}, one try ${timeText(traffic.tryTimeout)}`],
    ['Retries', retryText(traffic.retry)],
    hedge !== undefined && ['Hedging', hedgeText(hedge)],
    ['Breaker', breakerText(traffic.breaker)],
    outlier !== undefined && [
      'Outliers',
      `out after ${outlier.consecutive5xx} 5xx in a row, ${timeText(outlier.baseEjection)} to ${timeText(outlier.maxEjection)}, at most ${outlier.maxEjectionPercent} %`,
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

function retryText({ limit, codes, unsafe, budget }: TrafficSettings['retry']): string {
  if (limit === 0) return 'off';
  const also = unsafe ? ', also of unsafe requests' : '';
  return `up to ${limit}, after ${codes.join(', ')}${also}; budget ${percentText(budget.share)} of requests, or ${budget.floor}/s`;
}

const hedgeText = ({ delay }: HedgePolicy): string => `after ${delay === 'p95' ? delay : timeText(delay)}`;

function breakerText({ failures, codes, successRate, panicThreshold }: TrafficSettings['breaker']): string {
  const causes = [
    ...(failures === 0 ? [] : [`${failures} failures in a row`]),
    ...(successRate === undefined ? [] : [`a success rate under ${percentText(successRate.threshold)}`]),
  ];
  if (causes.length === 0) return 'off';
  const panic = panicThreshold === 0 ? '' : `; all are used when under ${percentText(panicThreshold)} are left`;
  return `opens after ${causes.join(', or ')} (no answer, ${codes.join(', ')})${panic}`;
}

function balancingText({ policy, hash, slowStart, regions }: TrafficSettings['balancing']): string {
  const key = hash === undefined ? '' : ` by ${hash.from}${'name' in hash ? ` ${hash.name}` : ''}`;
  return [
    `${policy}${key}`,
    ...(slowStart === undefined ? [] : [`slow start ${timeText(slowStart)}`]),
    ...(regions === undefined ? [] : [`regions ${regions.join(', ')}`]),
  ].join('; ');
}

const fallbackText = (fallback: Fallback): string =>
  'service' in fallback
    ? `Service ${fallback.service.namespace}/${fallback.service.name}:${fallback.service.port}`
    : `answer ${fallback.answer.status}`;
