import { describe, expect, test } from 'vitest';
import type { Filter } from '../../snapshot/route.ts';
import { Permit } from '../authorization/permit.ts';
import { Cancellation } from '../cancellation.ts';
import { LocalAnswer, Refusal } from '../exchange.ts';
import type { Outbound, Routed, Screened } from '../facts.ts';
import { HeaderList } from '../headers.ts';
import { FakeBody, FakeClock } from '../ports.fake.ts';
import { compileRouteTable } from '../routing/compile.ts';
import { callerAt, ruleAt, screenedAs, serviceAt, tableOf } from '../routing/mesh.fake.ts';
import { filterRequest } from './filter-request.ts';

const signed: unknown[] = [];
const sign = (...call: unknown[]): string => {
  signed.push(call);
  return 'signed';
};
const parts = { signer: { sign }, ports: { clock: new FakeClock() } };

interface Given {
  rule?: readonly Filter[];
  backend?: readonly Filter[];
  screened?: Partial<Screened>;
  routed?: Partial<Routed>;
  listenerPort?: number;
}

function filtered({ rule = [], backend = [], screened, routed, ...gateway }: Given) {
  const compiled = compileRouteTable(tableOf(ruleAt(0, { filters: rule }))).rules[0]!;
  return filterRequest({
    ...screenedAs({ path: '/a', ...screened }),
    request: { method: 'GET', scheme: 'http', authority: 'received', target: '/a', headers: new HeaderList() },
    snapshot: { generation: 9 },
    now: 1000,
    parts,
    body: new FakeBody(0),
    cancellation: new Cancellation(),
    principal: callerAt('shop/cart'),
    via: [],
    permit: new Permit('shop/allow'),
    rule: compiled,
    matchedPrefix: '/a',
    backend: { service: serviceAt('shop/orders'), widerPolicies: [], port: 80, filters: backend },
    forwardedPath: screened?.path ?? '/a',
    ...routed,
    ...gateway,
  });
}

function outboundOf(given: Given): Outbound['outbound'] {
  const result = filtered(given);
  if (!result || !('outbound' in result)) throw new Error('nothing goes out');
  return result.outbound;
}

const sent = (given: Given): Record<string, string> => Object.fromEntries(outboundOf(given).headers);
const headerFilter = (filter: Omit<Extract<Filter, { type: 'RequestHeaderModifier' }>, 'type'>): Filter => ({
  type: 'RequestHeaderModifier',
  ...filter,
});

describe('what goes out', () => {
  test('path byte for byte, query and authority as they came', () => {
    const screened = { path: '/caf%C3%A9/', query: 'x=%41&y', authority: 'Orders.shop.mesh:80' };
    expect(outboundOf({ screened })).toMatchObject({ target: '/caf%C3%A9/?x=%41&y', authority: 'Orders.shop.mesh:80' });
  });
  test('the path that the backend’s policies judged', () => {
    expect(outboundOf({ routed: { forwardedPath: '/rewritten' }, screened: { query: '' } }).target).toBe('/rewritten?');
  });
  test('a rewritten host; the backendRef has the last word', () => {
    const host = (hostname: string): Filter => ({ type: 'URLRewrite', hostname });
    expect(outboundOf({ rule: [host('one.example')] }).authority).toBe('one.example');
    expect(outboundOf({ rule: [host('one.example')], backend: [host('two.example')] }).authority).toBe('two.example');
  });
  test('the mesh’s word about the call', () => {
    signed.length = 0;
    expect(sent({ screened: { meshHeaders: { deadline: '1', attempt: '1', hops: 2 } } })).toEqual({
      'mesh-call': 'signed',
      'mesh-hops': '3',
    });
    const upstream = 'spiffe://mesh.local/ns/shop/sa/orders';
    const caller = 'spiffe://mesh.local/ns/shop/sa/cart';
    expect(signed).toEqual([[{ caller, upstream, via: [], policy: 'shop/allow', generation: 9 }, 1000]]);
  });
});

describe('request headers', () => {
  const headers = () =>
    HeaderList.from([
      ['x', '1'],
      ['x', '2'],
      ['y', '3'],
      ['authorization', 'a'],
    ]);
  const after = (...rule: Filter[]) => outboundOf({ rule, screened: { headers: headers() } }).headers;
  test('set replaces all, add appends, remove removes, in any case', () => {
    const changed = after(
      headerFilter({ set: [{ name: 'X', value: '9' }], add: [{ name: 'Y', value: '4' }], remove: ['AUTHORIZATION'] }),
    );
    expect([changed.getAll('x'), changed.getAll('y'), changed.has('authorization')]).toEqual([
      ['9'],
      ['3', '4'],
      false,
    ]);
  });
  test('filters run in order, those of the backendRef last', () => {
    const set = (value: string) => headerFilter({ set: [{ name: 'x', value }] });
    expect(sent({ rule: [set('a'), set('b')], backend: [set('c')] }).x).toBe('c');
  });
  test.each([
    'mesh-call',
    'mesh-hops',
    'host',
    'content-length',
    'connection',
    'transfer-encoding',
    'workload-identity-token',
    'mesh_call',
  ])('%s is out of reach', (name) => {
    const forged = [{ name, value: 'forged' }];
    expect(sent({ rule: [headerFilter({ set: forged })], backend: [headerFilter({ add: forged })] })).toEqual(sent({}));
    const headers = HeaderList.from([['content-length', '3']]);
    expect(sent({ rule: [headerFilter({ remove: [name] })], screened: { headers } })).toEqual({
      ...sent({}),
      'content-length': '3',
    });
  });
  test('a value that would split the header is left out', () => {
    expect(sent({ rule: [headerFilter({ set: [{ name: 'x', value: 'a\r\nmesh-call: b' }] })] })).not.toHaveProperty(
      'x',
    );
  });
  test('the screened headers stay as they were', () => {
    const screened = headers();
    outboundOf({ rule: [headerFilter({ remove: ['x'] })], screened: { headers: screened } });
    expect(screened.getAll('x')).toEqual(['1', '2']);
  });
});

describe('answers in its place', () => {
  const redirect: Filter = { type: 'RequestRedirect', statusCode: 301, hostname: 'new.example' };
  const locationOf = (given: Given) => {
    const answer = filtered(given);
    return answer instanceof LocalAnswer ? answer.headers.get('location') : undefined;
  };
  test('a redirect keeps the port of the addressed service, at a gateway that of the listener', () => {
    expect(locationOf({ rule: [redirect], screened: { port: 8080 }, routed: { backend: null } })).toBe(
      'http://new.example:8080/a',
    );
    expect(
      locationOf({ rule: [redirect], screened: { port: 8080 }, routed: { backend: null }, listenerPort: 80 }),
    ).toBe('http://new.example/a');
  });
  test('a redirect of the backendRef', () => {
    expect(locationOf({ backend: [redirect] })).toBe('http://new.example/a');
  });
  test.each<[string, Given, string]>([
    ['a filter that could not be resolved', { rule: [{ type: 'Invalid', reason: 'secret' }] }, '500 backend_invalid'],
    ['the same in a backendRef', { backend: [{ type: 'Invalid', reason: 'secret' }] }, '500 backend_invalid'],
    ['no backend and no redirect', { routed: { backend: null } }, '500 backend_invalid'],
  ])('%s', (_, given, code) => {
    const refusal = filtered(given);
    expect(refusal instanceof Refusal && `${refusal.status} ${refusal.reason}`).toBe(code);
    expect(refusal instanceof Refusal && refusal.detail).not.toContain('secret');
  });
});
