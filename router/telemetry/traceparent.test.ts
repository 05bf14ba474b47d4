import { expect, test } from 'vitest';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test.each([
  [`00-${TRACE}-${SPAN}-00`, '00'],
  [`00-${TRACE}-${SPAN}-01`, '01'],
  [`00-${TRACE}-${SPAN}-03`, '03'],
  [`00-${TRACE}-${SPAN}-ff`, '03'],
  [`cc-${TRACE}-${SPAN}-01`, '01'],
  [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be`, '01'],
])('%s is continued with flags %s', (value, flags) => {
  expect(parseTraceparent(value)).toEqual({ traceId: TRACE, parentId: SPAN, flags });
});

test.each([
  '',
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE}-${SPAN}-01-more`,
  `cc-${TRACE}-${SPAN}-01.more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.slice(1)}-${SPAN}-01`,
  `00_${TRACE}_${SPAN}_01`,
])('%j is no trace context', (value) => {
  expect(parseTraceparent(value)).toBeUndefined();
});

test('is written as version 00', () => {
  const trace = { traceId: TRACE, spanId: SPAN, parentId: undefined, flags: '01', state: undefined };
  expect(formatTraceparent(trace, 'aaaaaaaaaaaaaaaa')).toBe(`00-${TRACE}-aaaaaaaaaaaaaaaa-01`);
});
