import { expect, test } from 'vitest';
import { Refusal } from './exchange.ts';
import { grpcMessage, grpcTimeout, isGrpc, parseGrpcTimeout } from './grpc.ts';
import { HeaderList } from './headers.ts';
import { refusalReply } from './local-reply.ts';

const headersOf = (contentType: string): HeaderList => HeaderList.from([['content-type', contentType]]);

test.each([
  ['application/grpc', true],
  ['application/grpc+proto', true],
  ['Application/gRPC; x=y', true],
  ['application/grpc-web', false],
  ['application/json', false],
  ['', false],
])('%j is gRPC: %s', (contentType, expected) => {
  expect(isGrpc(headersOf(contentType))).toBe(expected);
});

test('a refusal is headers only, in the words of gRPC', () => {
  const headers = headersOf('application/grpc');
  const request = { method: 'POST', scheme: 'http', authority: '', target: '/', headers } as const;
  const reply = refusalReply(new Refusal('route_not_found', '100% né', { internal: 'inside' }), 'd1', request);
  expect([reply.status, reply.body]).toEqual([200, null]);
  expect(Object.fromEntries(reply.headers)).toEqual({
    'content-type': 'application/grpc',
    'grpc-status': '12',
    'grpc-message': '100%25 n%C3%A9',
    'mesh-reason': 'route_not_found',
  });
});

test('messages hold visible ASCII only', () => {
  expect(grpcMessage('a b\r\n%~\u007f\u{1f600}\ud800')).toBe('a b%0D%0A%25~%7F%F0%9F%98%80%EF%BF%BD');
});

test.each([
  ['1S', 1000],
  ['2M', 120_000],
  ['1H', 3_600_000],
  ['99999999m', 99_999_999],
  ['1500u', 1.5],
  ['1000000n', 1],
  ['', undefined],
  ['1', undefined],
  ['-1S', undefined],
  ['123456789m', undefined],
  ['1.5S', undefined],
])('grpc-timeout %s is %s ms', (text, ms) => {
  expect(parseGrpcTimeout(text)).toBe(ms);
});

test.each([
  [250.9, '250m'],
  [0.2, '1m'],
  [200_000_000, '200000S'],
])('%s ms are told as %s', (ms, text) => {
  expect(grpcTimeout(ms)).toBe(text);
});
