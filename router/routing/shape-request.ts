import type { Filter } from '../../snapshot/route.ts';
import { Refusal, type Stop } from '../exchange.ts';
import type { AtGateway, Outbound, Routed, Screened } from '../facts.ts';
import type { RequestHead } from '../message.ts';
import { modifyHeaders } from '../screening/policy-headers.ts';
import { redirectAnswer } from './redirect.ts';

export interface Shapeable extends Screened, Routed, Partial<Pick<AtGateway, 'listenerPort'>> {
  readonly request: Pick<RequestHead, 'scheme'>;
}

/** The request as the filters leave it: those of the rule, then those of the backendRef. Or what answers in its place. */
export function shapeRequest(facts: Shapeable): Outbound['outbound'] | Stop {
  const { rule, backend, query } = facts;
  const headers = facts.headers.copy();
  let { authority } = facts;
  for (const filter of [...(rule?.filters ?? []), ...(backend?.filters ?? [])]) {
    if (filter.type === 'RequestHeaderModifier') modifyHeaders(headers, filter);
    else if (filter.type === 'URLRewrite') authority = filter.hostname ?? authority;
    else if (filter.type !== 'ResponseHeaderModifier') return insteadOf(facts, filter);
  }
  return { authority, target: query === undefined ? facts.forwardedPath : `${facts.forwardedPath}?${query}`, headers };
}

function insteadOf(
  facts: Shapeable,
  filter: Exclude<Filter, { type: `${string}HeaderModifier` | 'URLRewrite' }>,
): Stop {
  if (filter.type === 'RequestRedirect') {
    const { path, query, host, matchedPrefix, listenerPort } = facts;
    const { scheme } = facts.request;
    return redirectAnswer(filter, { path, query, host, matchedPrefix, scheme, port: listenerPort ?? facts.port });
  }
  return new Refusal('backend_invalid', 'The route that matches has a filter that can not be applied.', {
    internal: `${facts.rule?.name ?? 'no rule'}: ${filter.reason}`,
  });
}
