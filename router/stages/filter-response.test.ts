import { expect, test } from 'vitest';
import type { Filter } from '../../snapshot/route.ts';
import { HeaderList } from '../headers.ts';
import { FakeClock } from '../ports.fake.ts';
import { compileRouteTable } from '../routing/compile.ts';
import { ruleAt, serviceAt, tableOf } from '../routing/mesh.fake.ts';
import { filterResponse } from './filter-response.ts';

type Pairs = readonly (readonly [string, string])[];

function answered(
  headers: Pairs,
  filters: { rule?: readonly Filter[]; backend?: readonly Filter[] } = {},
  asked: Pairs = [],
): string[] {
  const response = { status: 200, headers: HeaderList.from(headers), body: { discard() {} } };
  const rule = compileRouteTable(tableOf(ruleAt(0, { filters: filters.rule ?? [] }))).rules[0]!;
  const backend = { service: serviceAt('shop/orders'), widerPolicies: [], port: 80, filters: filters.backend ?? [] };
  const request = {
    method: 'GET',
    scheme: 'http',
    authority: '',
    target: '/',
    headers: HeaderList.from(asked),
  } as const;
  const routed = { rule, matchedPrefix: undefined, backend, forwardedPath: '/' };
  const parts = { ports: { clock: new FakeClock() } };
  filterResponse({ ...routed, parts, request, headers: request.headers, now: 0, attempts: [], response });
  return [...response.headers].map(([name, value]) => `${name}: ${value}`);
}

const set = (name: string, value: string): Filter => ({ type: 'ResponseHeaderModifier', set: [{ name, value }] });

test('an answer passes as it is, repeated headers included', () => {
  expect(
    answered([
      ['content-length', '3'],
      ['Set-Cookie', 'a'],
      ['Set-Cookie', 'b'],
    ]),
  ).toEqual(['content-length: 3', 'set-cookie: a', 'set-cookie: b']);
});

test.each([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'proxy-authenticate',
  'mesh-call',
  'Mesh-Reason',
  'x-mesh-y',
  'workload-identity-token',
])('%s of an upstream is taken off', (name) => {
  expect(
    answered([
      [name, 'z'],
      ['x', 'y'],
    ]),
  ).toEqual(['x: y']);
});

test('what Connection names is taken off', () => {
  expect(
    answered([
      ['connection', 'close, X-Own'],
      ['x-own', '1'],
      ['x', 'y'],
    ]),
  ).toEqual(['x: y']);
});

test('filters of the rule, then of the backendRef; request filters say nothing here', () => {
  const request: Filter = { type: 'RequestHeaderModifier', set: [{ name: 'x', value: 'request' }] };
  expect(answered([['x', '0']], { rule: [set('x', '1'), request], backend: [set('X', '2')] })).toEqual(['x: 2']);
});

test('a filter can not forge the mesh’s own headers', () => {
  expect(answered([], { rule: [set('mesh-reason', 'x'), set('connection', 'x')] })).toEqual([]);
});

test('CORS is spoken by the policy alone; header filters have the last word', () => {
  const cors: Filter = {
    type: 'CORS',
    allowOrigins: ['*'],
    allowMethods: [],
    allowHeaders: [],
    exposeHeaders: ['x'],
    allowCredentials: false,
    maxAge: 5,
  };
  const filters = [cors, set('vary', 'Origin, X')];
  const lines = answered([['access-control-allow-origin', 'https://upstream.test']], { rule: filters }, [
    ['origin', 'https://page.test'],
  ]);
  expect(lines).toEqual(['vary: Origin, X', 'access-control-allow-origin: *', 'access-control-expose-headers: x']);
});
