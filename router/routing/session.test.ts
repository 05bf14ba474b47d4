import { describe, expect, test } from 'vitest';
import type { SessionPersistence } from '../../snapshot/route.ts';
import { HeaderList } from '../headers.ts';
import { backendHash, endpointHash, readSession, type SessionToken, tellSession } from './session.ts';

const COOKIE = { type: 'Cookie', name: 'sid', lifetime: 'Session', cookiePath: '/shop' } as const;
const HEADER = { ...COOKIE, type: 'Header', name: 'X-Session' } as const;
const NOW = 1_700_000_000_000;
const TOKEN: SessionToken = {
  backend: backendHash('shop/v1', 80),
  endpoint: endpointHash({ id: 'one' }),
  startedAt: NOW / 1000,
};

type Told = Partial<{ held: SessionToken; now: number; secure: boolean }>;
function told(policy: Parameters<typeof tellSession>[1], { held, now = NOW, secure = false }: Told = {}): HeaderList {
  const headers = new HeaderList();
  tellSession(headers, policy, TOKEN, { held, now, secure });
  return headers;
}

/** What a client sends after it was told. */
const sentBack = (policy: Parameters<typeof tellSession>[1]): HeaderList => {
  const [first = ''] = (told(policy).get('set-cookie') ?? '').split(';');
  const pairs = policy.type === 'Cookie' ? [['cookie', `a=b; ${first}; c`]] : [...told(policy)];
  return HeaderList.from(pairs as [string, string][]);
};

test.each([
  ['a cookie', COOKIE],
  ['a header', HEADER],
])('what was told in %s is read again', (_, policy) => {
  expect(readSession(policy, sentBack(policy), NOW)).toEqual(TOKEN);
});

test('a session of limited length ends, whatever its use', () => {
  const policy: SessionPersistence = { ...COOKIE, absoluteTimeout: 60_000 };
  const alive = (ms: number): boolean => readSession(policy, sentBack(COOKIE), NOW + ms) !== undefined;
  expect([alive(0), alive(59_999), alive(60_000), alive(-31_000)]).toEqual([true, true, false, false]);
  expect(readSession(policy, sentBack(COOKIE), undefined)).toEqual(TOKEN);
});

test.each([
  '',
  '1',
  '2.00000000.00000000.a',
  '1.0000000g.00000000.a',
  '1.00000000.00000000.',
  '1.00000000.00000000.123456789',
])('what is no token is no session: %j', (text) => {
  expect(readSession(HEADER, HeaderList.from([['x-session', text]]), NOW)).toBeUndefined();
});

test('a token tells neither the backend nor the endpoint', () => {
  expect(told(HEADER).get('x-session')).not.toMatch(/shop|v1|one/);
});

describe('a cookie', () => {
  test('is for this path, out of reach of scripts, and not sent from other sites', () => {
    expect(told(COOKIE).get('set-cookie')).toMatch(/^sid=1\.\S+; Path=\/shop; HttpOnly; SameSite=Lax$/);
    expect(told(COOKIE, { secure: true }).get('set-cookie')).toMatch(/; Secure$/);
  });
  test('lives as long as its session where it is permanent', () => {
    const policy = { ...COOKIE, lifetime: 'Permanent', absoluteTimeout: 60_000 } as const;
    expect(told(policy, { now: NOW + 10_000 }).get('set-cookie')).toMatch(/; Max-Age=50$/);
  });
  test('is set once; a header is told every time', () => {
    expect([...told(COOKIE, { held: TOKEN })]).toEqual([]);
    expect([...told(HEADER, { held: TOKEN })]).toHaveLength(1);
  });
});
