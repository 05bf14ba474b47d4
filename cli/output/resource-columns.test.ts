import { expect, test } from 'vitest';
import { columnsOf } from './resource-columns.ts';

const row = (kind: string, spec: unknown): string[] => columnsOf(kind).map((column) => column.value(spec));
const targetRefs = [
  { kind: 'Service', name: 'pay' },
  { kind: 'HTTPRoute', name: 'web' },
];

test.each<[string, unknown, string[]]>([
  ['TrafficPolicy', { targetRefs, retry: {}, breaker: {} }, ['pay,web', 'retry,breaker']],
  ['TrafficPolicy', { targetRefs, a: 1, b: 1, c: 1, d: 1, e: 1 }, ['pay,web', 'a,b,c,+2']],
  ['TrafficPolicy', { targetRefs: [] }, ['-', '-']],
  ['FaultInjection', { targetRefs, delay: { fixed: '2s', percent: 10 } }, ['pay,web', '2s 10 %', '-']],
  ['FaultInjection', { abort: { status: 503 } }, ['-', '-', '503 0 %']],
  ['FaultInjection', { abort: { grpcStatus: 14, percent: 1 } }, ['-', '-', '14 1 %']],
  ['FaultInjection', undefined, ['-', '-', '-']],
])('%s %j shows %j', (kind, spec, shown) => {
  expect(row(kind, spec)).toEqual(shown);
});
