import type { MeshSettings } from '../../snapshot/manifest.ts';
import type { RateLimit } from '../../snapshot/route.ts';
import { Refusal, type StageResult } from '../exchange.ts';
import type { Addressed, AtGateway, Authenticated, Limited, Routed, RouterParts, Screened } from '../facts.ts';
import type { EndUser } from '../identity/end-user.ts';
import type { RouterPorts } from '../ports.ts';
import type { Draw } from '../resilience/rate-draw.ts';
import { refusalHeaders } from '../resilience/rate-headers.ts';
import type { Judged } from '../resilience/rates.ts';
import { andThen } from '../routing/load-service.ts';

type Facts = {
  readonly parts: Pick<RouterParts, 'rates'> & { readonly ports: Pick<RouterPorts, 'clock'> };
  readonly snapshot: { readonly mesh: Pick<MeshSettings, 'trustDomain'> };
} & Pick<Screened, 'headers'> &
  Partial<Pick<AtGateway, 'gateway'>> &
  Partial<Pick<Addressed, 'service'>> &
  Pick<Authenticated, 'principal'> & { readonly endUser: Pick<EndUser, 'principal'> | null } & Pick<
    Routed,
    'rule' | 'backend'
  >;

/**
 * Holds the request to the rate limits of the addressed service, of the rule, and of the backend where that is another
 * service: all of them must have room.
 */
export function limitRate(facts: Facts): StageResult<Limited> {
  const { rule, service, backend } = facts;
  const own = service?.chunk.traffic.rateLimits;
  const further = backend === null || backend.service.key === service?.key ? undefined : backend.service;
  const theirs = further?.chunk.traffic.rateLimits;
  if (own === undefined && rule?.rateLimits === undefined && theirs === undefined) return;
  const draws: Draw[] = [];
  if (service !== undefined && own !== undefined) drawAll(draws, own, service.key, facts);
  if (rule?.rateLimits !== undefined) drawAll(draws, rule.rateLimits, rule.name, facts);
  if (further !== undefined && theirs !== undefined) drawAll(draws, theirs, further.key, facts);
  const judged = facts.parts.rates.take(draws, facts.snapshot.mesh.trustDomain);
  return andThen(judged, (result) => conclude(result, draws, facts));
}

function drawAll(draws: Draw[], limits: readonly RateLimit[], where: string, facts: Facts): void {
  for (const limit of limits) draws.push(facts.parts.rates.draw(limit, where, whoOf(limit.per, facts)));
}

/** From outside come end users; a gateway's own identity is the same for all of them. Who is not known shares one count. */
function whoOf(per: RateLimit['per'], { principal, endUser, gateway, headers }: Facts): string {
  if (per === 'service') return '';
  if (per !== 'caller') return headers.combined(per.header) ?? '';
  return (gateway === undefined ? principal?.id : endUser?.principal) ?? '';
}

function conclude(
  { refusedBy: by, unknown, limited }: Judged,
  draws: readonly Draw[],
  facts: Facts,
): Limited | Refusal {
  if (by === undefined) return limited === undefined ? { draws } : { draws, limited };
  const more = { internal: `rate limit ${by.count.name}`, ...(limited && { limited }) };
  if (unknown) {
    return new Refusal('rate_limited', 'How many requests were sent can not be found out now.', {
      ...more,
      status: 503,
      check: 'counter_store_unavailable',
      headers: { 'retry-after': '1' },
    });
  }
  const headers = refusalHeaders(draws, by, facts.parts.ports.clock.monotonic());
  const detail = `More requests than allowed were sent: there is room again in ${headers['retry-after']} s.`;
  return new Refusal('rate_limited', detail, { ...more, headers });
}
