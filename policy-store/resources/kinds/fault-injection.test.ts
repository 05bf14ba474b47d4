import { expect, test } from 'vitest';
import { validate } from '../validate.ts';

const found = (kind: string, spec: object): string[] =>
  validate({
    apiVersion: kind === 'FaultInjection' ? 'gossamer.mesh/v1' : 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name: 'a' },
    spec,
  }).map(({ code, message }) => `${code} ${message}`);

const byHeader = { principals: ['mesh.local/ns/shop/sa/tester'] };

test.each([
  { delay: { fixed: '1s' } },
  { delay: { fixed: '1s', percent: 100 }, abort: { status: 503, percent: 1 } },
  { abort: { grpcStatus: 14 }, targetRefs: [{ kind: 'GRPCRoute', name: 'a' }] },
  { byHeader },
])('%j is right', (spec) => {
  expect(found('FaultInjection', spec)).toEqual([]);
});

test.each([
  [{}, 'must have delay, abort or byHeader'],
  [{ delay: { fixed: '0s' } }, 'must be between 1ms and 5m'],
  [{ delay: { fixed: '1s', percent: 0.5 } }, 'wrong-type spec.delay.percent'],
  [{ abort: {} }, 'must have exactly one of status and grpcStatus'],
  [{ abort: { status: 500, grpcStatus: 2 } }, 'must have exactly one of status and grpcStatus'],
  [{ abort: { status: 200 } }, 'must be at least 400'],
  [{ byHeader: { principals: [] } }, 'must have at least 1 entries'],
  [{ byHeader: { principals: ['a*b'] } }, 'is a pattern that is not known'],
  [{ byHeader, delay: { fixed: '1s' } }, 'spec.byHeader stands alone'],
])('%j is wrong: %s', (spec, words) => {
  expect(found('FaultInjection', spec)).toEqual([expect.stringContaining(words)]);
});

const extensionRef = { group: 'gossamer.mesh', kind: 'FaultInjection', name: 'a' };
const filters = [
  { type: 'ExtensionRef', extensionRef },
  { type: 'ExtensionRef', extensionRef: { ...extensionRef, name: 'b' } },
];

test.each(['HTTPRoute', 'GRPCRoute'])('a rule of a %s may name several, its backends none', (kind) => {
  expect(found(kind, { rules: [{ filters }] })).toEqual([]);
  expect(found(kind, { rules: [{ backendRefs: [{ name: 'a', filters: [filters[0]] }] }] })).toEqual([
    expect.stringContaining('faults are injected before a backend is chosen: put the filter into the rule'),
  ]);
});

test.each(['HTTPRoute', 'GRPCRoute'])('a filter of a %s by anybody else is refused', (kind) => {
  const foreign = [{ type: 'ExtensionRef', extensionRef: { ...extensionRef, group: 'example.com' } }];
  expect(found(kind, { rules: [{ filters: foreign }] })).toEqual([
    expect.stringContaining('invalid-value spec.rules[0].filters[0].extensionRef.group must be one of gossamer.mesh'),
  ]);
});
