import type { Filter } from '../../snapshot/route.ts';
import { Refusal, type Stop } from '../exchange.ts';
import type { AtGateway, Outbound, Routed, Screened } from '../facts.ts';
import type { RequestHead } from '../message.ts';
import { modifyHeaders } from '../screening/policy-headers.ts';
import { redirectAnswer } from './redirect.ts';

export interface Shapeable extends Screened, Routed, Partial<Pick<AtGateway, 'listenerPort' | 'listenerScheme'>> {
  readonly request: Pick<RequestHead, 'scheme'>;
}

/**
 * The request as the filters leave it: those of the rule, then those of the backendRef. Or what answers in its place.
 * Mirrors, CORS and response headers have stages of their own.
 */
export function shapeRequest(facts: Shapeable): Outbound['outbound'] | Stop {
  const { rule, backend, query } = facts;
  const headers = facts.headers.copy();
  let { authority } = facts;
  for (const filter of [...(rule?.filters ?? []), ...(backend?.filters ?? [])]) {
    switch (filter.type) {
      case 'RequestHeaderModifier':
        modifyHeaders(headers, filter);
        break;
      case 'URLRewrite':
        authority = filter.hostname ?? authority;
        break;
      case 'ResponseHeaderModifier':
      case 'RequestMirror':
      case 'CORS':
        break;
      case 'RequestRedirect':
        return redirectFrom(facts, filter);
      default:
        return invalidFilter(facts, filter);
    }
  }
  return { authority, target: facts.forwardedPath + (query === undefined ? '' : `?${plainQuery(query)}`), headers };
}

const ESCAPED_BY_FETCH = /["'<>]/g;

/**
 * A query as every transport leaves it: `fetch` writes these characters as escapes (URL standard, special-query), and a
 * Mesh-Call for one request names the bytes that are sent.
 */
const plainQuery = (query: string): string =>
  query.replace(ESCAPED_BY_FETCH, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function redirectFrom(facts: Shapeable, filter: Extract<Filter, { type: 'RequestRedirect' }>): Stop {
  const { path, query, host, matchedPrefix, listenerPort } = facts;
  const scheme = facts.listenerScheme ?? facts.request.scheme;
  return redirectAnswer(filter, { path, query, host, matchedPrefix, scheme, port: listenerPort ?? facts.port });
}

/** One that could not be resolved, or that this router does not know: an error, never skipped. */
const invalidFilter = ({ rule }: Shapeable, { type, reason }: Extract<Filter, { type: 'Invalid' }>): Refusal =>
  new Refusal('backend_invalid', 'The route that matches has a filter that can not be applied.', {
    internal: `${rule?.name ?? 'no rule'}: ${reason ?? `unknown filter ${type}`}`,
  });
