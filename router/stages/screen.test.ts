import { describe, expect, test } from 'vitest';
import { Refusal } from '../exchange.ts';
import type { Screened } from '../facts.ts';
import { HeaderList } from '../headers.ts';
import type { RequestHead } from '../message.ts';
import { MESH } from '../routing/mesh.fake.ts';
import { screen } from './screen.ts';

type Pairs = readonly (readonly [string, string])[];
type Asked = Partial<Omit<RequestHead, 'headers'>> & { headers?: Pairs; reporter?: 'router' | 'gateway' };

function screened({ headers = [], reporter = 'router', ...over }: Asked): Screened | Refusal {
  const head = { method: 'GET', scheme: 'http', authority: 'orders.shop.mesh', target: '/', ...over } as const;
  return screen({
    parts: { reporter },
    request: { ...head, headers: HeaderList.from(headers) },
    snapshot: { mesh: MESH },
    connection: { remoteAddress: '192.0.2.7' },
  });
}

function accepted(asked: Asked): Screened {
  const result = screened(asked);
  if (result instanceof Refusal) throw new Error(`refused: ${result.detail}`);
  return result;
}

const codeOf = (asked: Asked): string => {
  const result = screened(asked);
  return result instanceof Refusal ? `${result.status} ${result.reason}` : 'accepted';
};
const outgoing = (...headers: Pairs): string[] =>
  [...accepted({ headers }).headers].map(([name, value]) => `${name}: ${value}`);

describe('method and target', () => {
  test.each(['TRACE', 'CONNECT', 'FOO', 'get', ''])('%j: 405', (method) => {
    expect(codeOf({ method })).toBe('405 request_invalid');
  });
  test('a path that is not canonical after all: 400', () => {
    expect(codeOf({ target: '/a/%2e%2e/b' })).toBe('400 request_invalid');
  });
  test('path and query are taken apart', () => {
    expect(accepted({ target: '/%61?b=%61' })).toMatchObject({ path: '/a', query: 'b=%61' });
  });
  test('an absolute target must name the same authority as Host', () => {
    const authority = 'orders.shop.mesh';
    expect(accepted({ authority, target: 'http://Orders.shop.mesh:80/x?y' })).toMatchObject({ path: '/x', query: 'y' });
    expect(accepted({ authority, target: 'http://orders.shop.mesh' })).toMatchObject({ path: '/' });
    expect(accepted({ authority, target: 'http://orders.shop.mesh?y' })).toMatchObject({ path: '/', query: 'y' });
    for (const target of [
      'http://evil.mesh/x',
      'http://u@orders.shop.mesh/',
      'http:///x',
      'http://orders.shop.mesh#x',
      'ftp://a/',
    ]) {
      expect(codeOf({ authority, target }), target).toBe('400 request_invalid');
    }
  });
});

describe('who is addressed', () => {
  const named = (authority: string, meshAuthority?: string, reporter: 'router' | 'gateway' = 'router') =>
    screened({ authority, reporter, headers: meshAuthority === undefined ? [] : [['Mesh-Authority', meshAuthority]] });
  test.each([
    ['Orders.Shop.mesh:8080', undefined, 'orders.shop.mesh', 8080],
    ['127.0.0.1:8081', 'orders.shop.mesh', 'orders.shop.mesh', 80],
    ['127.0.0.1:8081', 'orders.shop.mesh:81', 'orders.shop.mesh', 81],
    ['', 'orders.shop.mesh', 'orders.shop.mesh', 80],
    ['orders.shop.mesh:80', 'orders.shop.mesh', 'orders.shop.mesh', 80],
    ['example.org', undefined, 'example.org', 80],
  ])('Host %j, Mesh-Authority %j', (authority, mesh, host, port) => {
    expect(named(authority, mesh)).toMatchObject({ host, port });
  });
  test.each([
    ['orders.shop.mesh', 'payments.shop.mesh'],
    ['orders.shop.mesh:81', 'orders.shop.mesh'],
    ['', undefined],
    ['user@orders.shop.mesh', undefined],
    ['127.0.0.1', 'user@orders.shop.mesh'],
    ['bad host', 'orders.shop.mesh'],
  ])('Host %j with Mesh-Authority %j is refused', (authority, mesh) => {
    expect(named(authority, mesh)).toMatchObject({ reason: 'request_invalid', status: 400 });
  });
  test('at a gateway Host alone counts', () => {
    expect(named('shop.example', 'orders.shop.mesh', 'gateway')).toMatchObject({
      host: 'shop.example',
      authority: 'shop.example',
    });
  });
  test('a Host header that differs from :authority is refused', () => {
    expect(codeOf({ authority: 'orders.shop.mesh', headers: [['host', 'payments.shop.mesh']] })).toBe(
      '400 request_invalid',
    );
    expect(codeOf({ authority: 'orders.shop.mesh', headers: [['host', 'orders.shop.mesh']] })).toBe('accepted');
  });
});

describe('what goes out', () => {
  test('ordinary headers in order, duplicates kept', () => {
    expect(outgoing(['Accept', 'a'], ['X-A', '1'], ['x.b_c', '2'], ['X-A', '3'])).toEqual([
      'accept: a',
      'x-a: 1',
      'x.b_c: 2',
      'x-a: 3',
    ]);
  });
  test.each([
    'mesh-call',
    'mesh-authority',
    'mesh-anything',
    'x-mesh-caller',
    'mesh-hops',
    'workload-identity-token',
    'workload-proof-token',
    'client-cert',
    'client-cert-chain',
    'client-certificate',
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-client-cert',
    'x-real-ip',
    'true-client-ip',
    'x-original-url',
    'x-rewrite-url',
    'x-http-method-override',
    'x-method-override',
    'keep-alive',
    'te',
    'trailer',
    'upgrade',
    'proxy-connection',
    'proxy-authorization',
    'expect',
    'http2-settings',
    'host',
  ])('%s does not', (name) => {
    expect(outgoing([name, 'orders.shop.mesh'], ['x', 'y'])).toEqual(['x: y']);
  });
  test('nor what Connection names', () => {
    expect(outgoing(['Connection', 'close, X-Secret'], ['x-secret', '1'], ['x', 'y'])).toEqual(['x: y']);
  });
  test('the end user’s Authorization does', () => {
    expect(outgoing(['Authorization', 'Bearer t'])).toEqual(['authorization: Bearer t']);
  });
  test('cookies that HTTP/2 split are one field again', () => {
    expect(outgoing(['cookie', 'a=1'], ['x', 'y'], ['cookie', 'b=2'])).toEqual(['cookie: a=1; b=2', 'x: y']);
  });
});

describe('refused headers', () => {
  const twice = (name: string): Pairs => [
    [name, '1'],
    [name, '1'],
  ];
  test.each([
    'Authorization',
    'Workload-Identity-Token',
    'Workload-Proof-Token',
    'Content-Length',
    'Host',
    'Mesh-Authority',
    'Mesh-Deadline',
  ])('%s twice', (name) => {
    expect(codeOf({ headers: twice(name) })).toBe('400 request_invalid');
  });
  test.each([
    'mesh_call',
    'mesh.authority',
    'workload_identity_token',
    'x_forwarded_for',
    'x.mesh.caller',
    'client_cert',
    'x_real_ip',
    'x_http_method_override',
  ])('%s, which others read as reserved', (name) => {
    expect(codeOf({ headers: [[name, '1']] })).toBe('400 request_invalid');
  });
  test.each(['x y', 'x ', 'x:', '', 'x\u0000', 'x\r', 'xé', '(x)'])('the name %j', (name) => {
    expect(codeOf({ headers: [[name, '1']] })).toBe('400 request_invalid');
  });
  test.each(['a\r\nmesh-call: x', 'a\nb', 'a\u0000'])('the value %j', (value) => {
    expect(codeOf({ headers: [['x', value]] })).toBe('400 request_invalid');
  });
  test.each([
    'Mesh-Call',
    'AUTHORIZATION',
    'close, workload-proof-token',
    'x-forwarded-for',
    'mesh_call',
    'host',
    'content-length',
    'a b',
  ])('Connection: %s', (value) => {
    expect(codeOf({ headers: [['connection', value]] })).toBe('400 request_invalid');
  });
  test.each<[Pairs]>([
    [[['content-length', '0x3']]],
    [[['content-length', '+3']]],
    [[['content-length', '3, 3']]],
    [
      [
        ['content-length', '3'],
        ['transfer-encoding', 'chunked'],
      ],
    ],
    [[['transfer-encoding', 'gzip, chunked']]],
    [[['transfer-encoding', 'xchunked']]],
    [twice('transfer-encoding')],
  ])('framing %j', (headers) => {
    expect(codeOf({ headers })).toBe('400 request_invalid');
  });
  test('too many or too long: 431', () => {
    expect(codeOf({ headers: Array.from({ length: 201 }, (_, i) => [`x-${i}`, '1'] as const) })).toBe(
      '431 request_too_large',
    );
    expect(codeOf({ headers: [['x', 'a'.repeat(33_000)]] })).toBe('431 request_too_large');
  });
});

test('credentials are taken off, every value', () => {
  const { credentials, headers } = accepted({
    headers: [
      ['Workload-Identity-Token', 'w'],
      ['Workload-Proof-Token', 'p'],
      ['authorization', 'a'],
    ],
  });
  expect(credentials).toEqual({ wit: ['w'], wpt: ['p'], authorization: 'a' });
  expect(headers.has('workload-identity-token')).toBe(false);
});

test('deadline and attempt are read in the mesh and ignored at a gateway', () => {
  const headers: Pairs = [
    ['Mesh-Deadline', '5'],
    ['Mesh-Attempt', '2'],
  ];
  expect(accepted({ headers }).meshHeaders).toEqual({ deadline: '5', attempt: '2', hops: 0 });
  expect(accepted({ headers, reporter: 'gateway' }).meshHeaders).toEqual({
    deadline: undefined,
    attempt: undefined,
    hops: 0,
  });
});

test('a request that passed eight routers is in a loop; garbage counts as none', () => {
  const hop = (value: string) => codeOf({ headers: [['mesh-hops', value]] });
  expect([hop('7'), hop('8'), hop('-9'), hop('99999')]).toEqual([
    'accepted',
    '508 loop_detected',
    'accepted',
    'accepted',
  ]);
});

test('the received headers are not touched', () => {
  const headers = HeaderList.from([
    ['mesh-call', 'x'],
    ['a', 'b'],
  ]);
  screen({
    parts: { reporter: 'router' },
    request: { method: 'GET', scheme: 'http', authority: 'a.mesh', target: '/', headers },
    snapshot: { mesh: MESH },
    connection: { remoteAddress: '192.0.2.7' },
  });
  expect(headers.flat).toEqual(['mesh-call', 'x', 'a', 'b']);
});

test.each([
  ['application/grpc', 'trailers', 'trailers'],
  ['application/grpc+proto', 'deflate, Trailers', 'trailers'],
  ['application/grpc', 'deflate', undefined],
  ['application/json', 'trailers', undefined],
])('of %s with te: %s, te goes on as %s', (type, te, expected) => {
  const headers: Pairs = [
    ['content-type', type],
    ['te', te],
    ['connection', 'te'],
  ];
  expect(accepted({ headers }).headers.get('te')).toBe(expected);
});

test.each([
  ['Basic YQ==, Basic Yg==', '400 request_invalid'],
  ['Bearer a,Bearer b', '400 request_invalid'],
  ['Digest username="a, b c", realm="x", nc=00000001', 'accepted'],
  ['Bearer a', 'accepted'],
])('Authorization that a runtime may have joined: %s', (value, code) => {
  expect(codeOf({ headers: [['Authorization', value]] })).toBe(code);
});
