import { expect, test } from 'vitest';
import { HeaderList } from '../headers.ts';
import { FakeUpstreamBody } from '../ports.fake.ts';
import { serviceAt } from '../routing/mesh.fake.ts';
import { type Outcome, reportOf } from './outcome.ts';

const { traffic } = serviceAt('shop/orders').chunk;
const answer = (status: number, headers: Readonly<Record<string, string>> = {}): Outcome => ({
  response: { status, headers: HeaderList.from(Object.entries(headers)), body: new FakeUpstreamBody() },
});
const failure = (kind: Extract<Outcome, { failure: unknown }>['failure']): Outcome => ({
  failure: kind,
  unprocessed: false,
  message: '',
});
const told = (outcome: Outcome, more: { byCaller?: boolean; gone?: boolean; owed?: boolean } = {}) =>
  reportOf(outcome, traffic, { took: 20, now: 0, byCaller: false, gone: false, owed: false, ...more });

test.each<[string, Outcome, string, boolean]>([
  ['200', answer(200), 'success', false],
  ['404', answer(404), 'success', false],
  ['500: the callers may care, the breaker does not', answer(500), 'success', true],
  ['502', answer(502), 'failure', true],
  ['503', answer(503), 'failure', true],
  ['504', answer(504), 'failure', true],
  ['429', answer(429), 'neutral', false],
  ['gRPC UNAVAILABLE', answer(200, { 'grpc-status': '14' }), 'failure', true],
  ['gRPC DEADLINE_EXCEEDED', answer(200, { 'grpc-status': '4' }), 'failure', true],
  ['gRPC RESOURCE_EXHAUSTED', answer(200, { 'grpc-status': '8' }), 'neutral', false],
  ['gRPC NOT_FOUND', answer(200, { 'grpc-status': '5' }), 'success', false],
  ['a refused connection', failure('connect'), 'failure', true],
  ['a reset', failure('reset'), 'failure', true],
  ['a timeout of the policy', failure('upstream_timeout'), 'failure', true],
  ['a deadline of the policy', failure('deadline_exceeded'), 'failure', true],
  ['a client that went away', failure('client_closed'), 'abandoned', false],
  ['a caller that was revoked', failure('revoked'), 'abandoned', false],
  ['the loser of a race', failure('superseded'), 'abandoned', false],
])('%s', (_, outcome, end, serverError) => {
  expect(told(outcome)).toEqual({ end, serverError, took: end === 'neutral' ? 5000 : 20 });
});

test('a deadline of the caller says nothing of the endpoint', () => {
  expect(told(failure('deadline_exceeded'), { byCaller: true }).end).toBe('abandoned');
  expect(told(failure('upstream_timeout'), { byCaller: true }).end).toBe('failure');
});

test('nor does time that a client takes to send its body', () => {
  const ends = (['upstream_timeout', 'deadline_exceeded', 'reset'] as const).map(
    (kind) => told(failure(kind), { owed: true }).end,
  );
  expect(ends).toEqual(['abandoned', 'abandoned', 'failure']);
});

test('nor does a reset once the client is gone: it may have been the end of its body', () => {
  expect(told(failure('reset'), { gone: true }).end).toBe('abandoned');
});

test.each([
  ['1', 1000],
  ['60', 5000],
  ['0', 20],
  ['soon', 5000],
])('a 429 with Retry-After %s is worth %i ms', (value, took) => {
  expect(told(answer(429, { 'retry-after': value })).took).toBe(took);
});
