import { expect, test } from 'vitest';
import type { Filter } from '../../snapshot/route.ts';
import { LocalAnswer } from '../exchange.ts';
import { type Redirected, redirectAnswer } from './redirect.ts';

type Redirect = Extract<Filter, { type: 'RequestRedirect' }>;

function locationOf(filter: Partial<Redirect>, from: Partial<Redirected> = {}): string | undefined {
  const answer = redirectAnswer(
    { type: 'RequestRedirect', statusCode: 302, ...filter },
    { path: '/old/x', query: undefined, host: 'example.org', scheme: 'http', port: 80, matchedPrefix: '/old', ...from },
  );
  return answer instanceof LocalAnswer ? answer.headers.get('location') : answer.reason;
}

test.each<[string, Partial<Redirect>, Partial<Redirected>, string]>([
  ['nothing changed', {}, {}, 'http://example.org/old/x'],
  ['host', { hostname: 'new.org' }, {}, 'http://new.org/old/x'],
  ['listener port is kept', {}, { port: 8080 }, 'http://example.org:8080/old/x'],
  ['scheme implies its port', { scheme: 'https' }, { port: 8080 }, 'https://example.org/old/x'],
  ['explicit port before the implied', { scheme: 'https', port: 8443 }, {}, 'https://example.org:8443/old/x'],
  ['explicit 443 on https is left out', { scheme: 'https', port: 443 }, {}, 'https://example.org/old/x'],
  ['explicit 80 on https is not', { scheme: 'https', port: 80 }, {}, 'https://example.org:80/old/x'],
  ['explicit 443 on http is not', { port: 443 }, {}, 'http://example.org:443/old/x'],
  ['full path', { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } }, {}, 'http://example.org/new'],
  ['prefix', { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } }, {}, 'http://example.org/new/x'],
  [
    'query is kept',
    { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } },
    { query: 'a=b' },
    'http://example.org/new?a=b',
  ],
  [
    'a path that does not work',
    { path: { type: 'ReplaceFullPath', replaceFullPath: '/a/../b' } },
    {},
    'backend_invalid',
  ],
])('%s', (_, filter, from, location) => {
  expect(locationOf(filter, from)).toBe(location);
});

test('the status is the filter’s', () => {
  const from = { path: '/', query: undefined, host: 'a', scheme: 'http', port: 80, matchedPrefix: undefined } as const;
  expect(redirectAnswer({ type: 'RequestRedirect', statusCode: 308 }, from).status).toBe(308);
});
