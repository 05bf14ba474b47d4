import type { UserRule } from '../../snapshot/user-rule.ts';
import type { HeaderList } from '../headers.ts';

/** Where in a request a token stood: `header x-jwt`, `param access_token`, `cookie session`. */
export type Place = `${'header' | 'param' | 'cookie'} ${string}`;

export interface FoundToken {
  readonly text: string;
  readonly places: readonly Place[];
}

/** Places where a rule has its tokens looked for. */
export const placesOf = ({ headers, params, cookies }: UserRule): readonly Place[] => [
  ...headers.map(({ name }): Place => `header ${name}`),
  ...params.map((name): Place => `param ${name}`),
  ...cookies.map((name): Place => `cookie ${name}`),
];

/**
 * Looks for a token wherever a rule expects one.
 * @returns undefined: there is none. `several`: two different ones, of which two readers could believe different ones
 */
export function findUserToken(
  rules: readonly UserRule[],
  request: { readonly headers: HeaderList; readonly query: string | undefined },
): FoundToken | 'several' | undefined {
  let text: string | undefined;
  const places: Place[] = [];
  let several = false;
  const take = (place: Place, found: string | undefined): void => {
    if (found === undefined || found === '') return;
    if (text !== undefined && text !== found) several = true;
    text = found;
    if (!places.includes(place)) places.push(place);
  };
  for (const rule of rules) {
    for (const { name, prefix } of rule.headers) {
      for (const value of request.headers.getAll(name)) take(`header ${name}`, withoutPrefix(value, prefix));
    }
    for (const name of rule.params) for (const value of paramsOf(request.query, name)) take(`param ${name}`, value);
    for (const name of rule.cookies) {
      for (const value of cookiesOf(request.headers.get('cookie'), name)) take(`cookie ${name}`, value);
    }
  }
  if (several) return 'several';
  return text === undefined ? undefined : { text, places };
}

/** A scheme's name is case-insensitive (RFC 9110 11.1). */
function withoutPrefix(value: string, prefix: string): string | undefined {
  return value.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase()
    ? value.slice(prefix.length).trim()
    : undefined;
}

function paramsOf(query: string | undefined, name: string): string[] {
  if (query === undefined || query === '') return [];
  return query.split('&').flatMap((pair) => {
    const { key, value } = paramOf(pair);
    return key === name ? [value] : [];
  });
}

function paramOf(pair: string): { key: string; value: string } {
  const equals = pair.indexOf('=');
  const [key, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  return { key: decoded(key), value: decoded(value) };
}

/** As servers read forms; what can not be decoded stays as it is. */
function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

const cookiesOf = (header: string | undefined, name: string): string[] =>
  (header ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=');
    return equals >= 0 && pair.slice(0, equals).trim() === name
      ? [
          pair
            .slice(equals + 1)
            .trim()
            .replace(/^"(.*)"$/, '$1'),
        ]
      : [];
  });

/** Takes a token off a request, wherever it stood. @returns the query without it */
export function stripUserToken(
  { places }: FoundToken,
  request: { readonly headers: HeaderList; readonly query: string | undefined },
): string | undefined {
  let { query } = request;
  for (const place of places) {
    const name = place.slice(place.indexOf(' ') + 1);
    if (place.startsWith('header ')) request.headers.delete(name);
    else if (place.startsWith('cookie ')) stripCookie(request.headers, name);
    else
      query = query
        ?.split('&')
        .filter((pair) => paramOf(pair).key !== name)
        .join('&');
  }
  return query;
}

function stripCookie(headers: HeaderList, name: string): void {
  const left = (headers.get('cookie') ?? '').split(';').filter((pair) => pair.split('=', 1)[0]?.trim() !== name);
  if (left.length === 0) headers.delete('cookie');
  else headers.set('cookie', left.map((pair) => pair.trim()).join('; '));
}
