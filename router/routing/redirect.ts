import type { Filter } from '../../snapshot/route.ts';
import { LocalAnswer, Refusal } from '../exchange.ts';
import type { Screened } from '../facts.ts';
import { HeaderList } from '../headers.ts';
import { modifiedPath } from './rewrite.ts';

type Redirect = Extract<Filter, { type: 'RequestRedirect' }>;

const WELL_KNOWN = { http: 80, https: 443 } as const;

/** What a redirect keeps of the request where the filter names nothing else. */
export interface Redirected extends Pick<Screened, 'path' | 'query' | 'host'> {
  readonly scheme: 'http' | 'https';
  /** Logical port of the listener, or port of the addressed service. */
  readonly port: number;
  readonly matchedPrefix: string | undefined;
}

/** Gateway API, HTTPRequestRedirectFilter. The query is kept; a port that the scheme implies is left out. */
export function redirectAnswer(filter: Redirect, from: Redirected): LocalAnswer | Refusal {
  const path =
    filter.path === undefined ? { path: from.path } : modifiedPath(from.path, from.matchedPrefix, filter.path);
  if ('invalid' in path) {
    return new Refusal('backend_invalid', 'The route that matches has a redirect that does not work.', {
      internal: path.invalid,
    });
  }
  const scheme = filter.scheme ?? from.scheme;
  const port = filter.port ?? (filter.scheme === undefined ? from.port : WELL_KNOWN[filter.scheme]);
  const authority = `${filter.hostname ?? from.host}${port === WELL_KNOWN[scheme] ? '' : `:${port}`}`;
  const query = from.query === undefined ? '' : `?${from.query}`;
  return new LocalAnswer(
    filter.statusCode,
    HeaderList.from([['location', `${scheme}://${authority}${path.path}${query}`]]),
  );
}
