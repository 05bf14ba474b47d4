import { describe, expect, test } from 'vitest';
import type { CorsPolicy } from '../../snapshot/route.ts';
import { HeaderList } from '../headers.ts';
import { preflightAnswer, shareAnswer } from './cors.ts';

const POLICY: CorsPolicy = {
  allowOrigins: ['https://www.foo.com', 'https://*.bar.com', 'http://*.dev.test:8080'],
  allowMethods: ['GET', 'OPTIONS'],
  allowHeaders: ['x-one', 'x-two'],
  exposeHeaders: ['x-three'],
  allowCredentials: true,
  maxAge: 3600,
};
const ANY: CorsPolicy = {
  ...POLICY,
  allowOrigins: ['*'],
  allowMethods: ['*'],
  allowHeaders: ['*'],
  exposeHeaders: ['*'],
};

const askedFrom = (origin: string, more: Readonly<Record<string, string>> = {}): HeaderList =>
  HeaderList.from(Object.entries({ origin, 'access-control-request-method': 'PUT', ...more }));

/** Without `access-control-`. */
const granted = (headers: HeaderList): Record<string, string> =>
  Object.fromEntries(
    [...headers].flatMap(([name, value]) =>
      name.startsWith('access-control-') ? [[name.slice('access-control-'.length), value]] : [],
    ),
  );

const preflight = (policy: CorsPolicy, asked: HeaderList) => granted(preflightAnswer(policy, asked).headers);

describe('a preflight', () => {
  test('is answered with everything that the policy allows', () => {
    expect(preflight(POLICY, askedFrom('https://www.foo.com'))).toEqual({
      'allow-origin': 'https://www.foo.com',
      'allow-credentials': 'true',
      'allow-methods': 'GET, OPTIONS',
      'allow-headers': 'x-one, x-two',
      'expose-headers': 'x-three',
      'max-age': '3600',
    });
  });

  test.each([
    ['https://www.bar.com', true],
    ['https://a.b.bar.com', true],
    ['HTTPS://WWW.BAR.COM', true],
    ['https://bar.com', false],
    ['https://.bar.com', false],
    ['https://evil.com/.bar.com', false],
    ['https://evil.com#.bar.com', false],
    ['https://user@www.bar.com', false],
    ['https://www.bar.com:444', false],
    ['http://www.bar.com', false],
    ['https://xbar.com', false],
    ['http://a.dev.test:8080', true],
    ['http://a.dev.test', false],
    ['https://www.foo.com.evil.com', false],
    ['null', false],
    ['', false],
  ])('from %s: allowed %s', (origin, allowed) => {
    const answer = preflightAnswer(POLICY, askedFrom(origin));
    expect([answer.status, granted(answer.headers)['allow-origin']]).toEqual([204, allowed ? origin : undefined]);
    if (!allowed) expect(granted(answer.headers)).toEqual({});
  });

  test('two origins are none', () => {
    const asked = askedFrom('https://www.foo.com');
    asked.append('origin', 'https://www.foo.com');
    expect(preflight(POLICY, asked)).toEqual({});
  });

  test('with credentials everything is named, never `*`', () => {
    const asked = askedFrom('https://x.test', { 'access-control-request-headers': 'x-a, b@d,x-c' });
    expect(preflight(ANY, asked)).toEqual({
      'allow-origin': 'https://x.test',
      'allow-credentials': 'true',
      'allow-methods': 'PUT',
      'allow-headers': 'x-a, x-c',
      'max-age': '3600',
    });
    expect(preflight(ANY, askedFrom('null'))).toEqual({});
  });

  test('without credentials `*` says it all, to pages without origin too', () => {
    const expected = { 'allow-origin': '*', 'allow-methods': '*', 'allow-headers': '*', 'expose-headers': '*' };
    expect(preflight({ ...ANY, allowCredentials: false }, askedFrom('null'))).toEqual({
      ...expected,
      'max-age': '3600',
    });
  });
});

describe('an answer', () => {
  const shared = (policy: CorsPolicy, asked: HeaderList, ...answer: [string, string][]): Record<string, string> => {
    const headers = HeaderList.from(answer);
    shareAnswer(policy, asked, headers);
    return Object.fromEntries(headers);
  };

  test("carries the policy's words in place of the upstream's", () => {
    const upstreams: [string, string][] = [
      ['access-control-allow-origin', '*'],
      ['access-control-allow-methods', 'DELETE'],
    ];
    expect(shared(POLICY, askedFrom('https://www.foo.com'), ...upstreams)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': 'https://www.foo.com',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-three',
    });
  });

  test.each([
    ['another origin', askedFrom('https://evil.test')],
    ['no origin', new HeaderList()],
  ])('to %s says nothing, and that another might be told more', (_, asked) => {
    expect(shared(POLICY, asked, ['access-control-allow-origin', '*'])).toEqual({ vary: 'Origin' });
  });

  test('what may be read is named where credentials go along', () => {
    const answer = shared(ANY, askedFrom('https://x.test'), ['etag', '1'], ['set-cookie', 'a'], ['x-b', '2']);
    expect(answer['access-control-expose-headers']).toBe('etag, x-b');
  });

  test.each([
    ['Accept-Encoding', 'Accept-Encoding, Origin'],
    ['accept, ORIGIN', 'accept, ORIGIN'],
    ['*', '*'],
  ])('Vary: %s becomes %s', (before, after) => {
    expect(shared(POLICY, new HeaderList(), ['vary', before]).vary).toBe(after);
  });
});
