import { expect, test } from 'vitest';
import { RESPONSE_FLAGS } from '../../policy-store/rollups/istio-labels.ts';
import { REASONS } from '../../router/reasons.ts';

/** The planes do not import each other, so that two lists say the same is for a test to see. */
test('the flags of the metrics are the flags of the reasons', () => {
  const flags = Object.entries(REASONS).flatMap(([reason, { flag }]) => (flag === '-' ? [] : [[reason, flag]]));
  expect(RESPONSE_FLAGS).toEqual(Object.fromEntries(flags));
});
