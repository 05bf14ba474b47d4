import { expect, test } from 'vitest';
import type { Arrival, Screened } from '../facts.ts';
import { HeaderList } from '../headers.ts';
import { FakeRandom } from '../ports.fake.ts';
import { MESH } from '../routing/mesh.fake.ts';
import type { TraceContext } from '../telemetry/record.ts';
import { joinTrace } from './trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

function join(headers: [string, string][], reporter: 'router' | 'gateway' = 'router', trustIncomingContext = true) {
  const list = HeaderList.from(headers);
  const facts = {
    parts: { reporter, ports: { random: new FakeRandom() } },
    snapshot: { mesh: { ...MESH, telemetry: { trustIncomingContext } } },
    headers: list,
    decisionId: 'd1',
  } as unknown as Arrival & Screened;
  const { trace } = joinTrace(facts) as { trace: TraceContext };
  return { trace, headers: list };
}

test("continues the caller's trace", () => {
  const { trace } = join([
    ['traceparent', PARENT],
    ['tracestate', 'a=1'],
    ['tracestate', 'b=2'],
  ]);
  expect(trace).toMatchObject({ traceId: TRACE, parentId: 'b7ad6b7169203331', flags: '01', state: 'a=1,b=2' });
  expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/);
});

test.each([
  ['none', []],
  ['a broken one', [['traceparent', 'garbage']]],
  ['two', [['traceparent', PARENT], ['traceparent', PARENT]]], // biome-ignore format: one row
] as [string, [string, string][]][])('begins a trace where there is %s', (_name, headers) => {
  const { trace } = join([...headers, ['tracestate', 'a=1']]);
  expect(trace).toMatchObject({ parentId: undefined, state: undefined, flags: '01' });
  expect(trace.traceId).not.toBe(TRACE);
});

test('a gateway that does not trust the outside links to what came', () => {
  const { trace } = join([['traceparent', PARENT]], 'gateway', false);
  expect(trace).toMatchObject({ parentId: undefined, link: { traceId: TRACE, spanId: 'b7ad6b7169203331' } });
  expect(trace.traceId).not.toBe(TRACE);
});

test('calls inside the mesh are continued all the same', () => {
  expect(join([['traceparent', PARENT]], 'router', false).trace.traceId).toBe(TRACE);
});

test.each([
  [[['x-request-id', 'abc-1']], 'abc-1'],
  [[], 'd1'],
  [[['x-request-id', 'a b\n']], 'd1'],
  [[['x-request-id', 'a'.repeat(129)]], 'd1'],
  [[['x-request-id', 'a'], ['x-request-id', 'b']], 'd1'], // biome-ignore format: one row
] as [[string, string][], string][])('x-request-id %j becomes %s', (headers, expected) => {
  expect(join(headers).headers.getAll('x-request-id')).toEqual([expected]);
});
