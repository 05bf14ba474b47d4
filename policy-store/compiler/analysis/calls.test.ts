import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callFactsAs } from '../../../router/authorization/call-facts.fake.ts';
import { compilePolicies } from '../../../router/authorization/compile.ts';
import { matchingRule } from '../../../router/authorization/judge.ts';
import { HeaderList } from '../../../router/headers.ts';
import { callerAt } from '../../../router/routing/mesh.fake.ts';
import type { AuthorizationPolicy, AuthorizationRule } from '../../../snapshot/policy.ts';
import { type Calls, callsOf, contradictionIn, mayName, ruleCovers } from './calls.ts';

type Action = AuthorizationPolicy['action'];

const some = <T>(values: readonly T[]) =>
  fc.option(fc.subarray([...values], { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 });
const withNot = (name: string, values: readonly string[]) => ({
  [name]: some(values),
  [`not${name.charAt(0).toUpperCase()}${name.slice(1)}`]: some(values),
});
const filled = (shape: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .record(shape)
    .map((entry) => Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)))
    .filter((entry) => Object.keys(entry).length > 0);

const principals = ['mesh.local/ns/shop/sa/cart', 'mesh.local/ns/shop/*', '*/sa/cart', '*', 'mesh.local/ns/lab/sa/web'];
const source = fc.oneof(
  filled(withNot('principals', principals)),
  filled({ ...withNot('principals', principals), ...withNot('namespaces', ['shop', 'lab', 's*']) }),
  filled({
    ...withNot('serviceAccounts', ['shop/cart', 'lab/web']),
    ...withNot('ipBlocks', ['192.0.2.0/24', '192.0.2.7']),
  }),
);
const chain = filled({
  ...withNot('via', ['mesh.local/ns/shop/*', 'mesh.local/ns/lab/sa/web']),
  ...withNot('authn', ['proof', 'bearer']),
});
const operation = fc.oneof(
  filled({ ...withNot('methods', ['GET', 'POST', '*']), ...withNot('paths', ['/a', '/a/*', '/{*}/b', '*b', '/{**}']) }),
  filled({
    ...withNot('hosts', ['orders.shop.mesh', '*.mesh', 'orders.shop.mesh:80']),
    ...withNot('ports', ['8080', '80']),
  }),
);
const when = fc
  .record({
    key: fc.constantFrom('request.headers[x]', 'source.principal', 'source.namespace'),
    values: some(['a', 'a*', 'shop', ...principals]),
    notValues: some(['a', 'ab', 'shop', ...principals]),
  })
  .map(({ key, values, notValues }) => ({ key, ...(values && { values }), ...(notValues && { notValues }) }))
  .filter((condition) => Object.keys(condition).length > 1);
const list = <T>(entry: fc.Arbitrary<T>) =>
  fc.option(fc.array(entry, { minLength: 1, maxLength: 2 }), { nil: undefined });
const rule: fc.Arbitrary<AuthorizationRule> = fc
  .record({ from: list(fc.oneof(source, chain)), to: list(operation), when: list(when) })
  .map((parts) => Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)));

const headers = (...values: string[]) => new HeaderList(values.flatMap((value) => ['x', value]));
const VIA = [[], ['mesh.local/ns/shop/sa/web'], ['mesh.local/ns/lab/sa/web', 'mesh.local/ns/shop/sa/web']];
const CALLS = ['shop/cart', 'shop/web', 'lab/web', 'lab/cart', undefined].flatMap((caller) =>
  ['/a', '/a/b', '/b', '/x/b'].flatMap((path) =>
    [headers(), headers('a'), headers('ab'), headers('a', 'c'), headers('c')].map((list, i) =>
      callFactsAs({
        principal: caller === undefined ? null : callerAt(caller),
        path,
        headers: list,
        method: i % 2 === 0 ? 'GET' : 'POST',
        via: VIA[i % VIA.length] ?? [],
        remoteAddress: i % 3 === 0 ? '192.0.2.7' : '198.51.100.1',
      }),
    ),
  ),
);

/** Which of the calls a rule names, by the code that routers run. */
function named(rule: AuthorizationRule, action: Action): Set<number> {
  const compiled = compilePolicies([{ namespace: 'a', name: 'a', action, rules: [rule] }]);
  const [policy] = action === 'ALLOW' ? compiled.allow : compiled.deny;
  return new Set(CALLS.flatMap((call, i) => (policy && matchingRule(policy, call) !== undefined ? [i] : [])));
}

const calls = (rule: AuthorizationRule): readonly Calls[] => callsOf(rule) ?? [];
const action = fc.constantFrom<Action>('ALLOW', 'DENY');

test('where a contradiction is claimed, routers find no call', () => {
  fc.assert(
    fc.property(rule, action, (any, does) => {
      if (calls(any).every((one) => contradictionIn(one, does) !== undefined))
        expect([...named(any, does)]).toEqual([]);
    }),
    { numRuns: 1500 },
  );
});

// Pairs that fit are rare: a busy machine needs its time to find them.
test('where a rule is claimed to cover another, routers find every call of the other in it', () => {
  fc.assert(
    fc.property(rule, rule, action, action, (wide, narrow, a, b) => {
      // An ALLOW over a DENY is not asked for: what can not be judged would count for the one alone.
      fc.pre(!(a === 'ALLOW' && b === 'DENY') && ruleCovers(calls(wide), calls(narrow)));
      expect([...named(narrow, b)].filter((call) => !named(wide, a).has(call))).toEqual([]);
    }),
    { numRuns: 300, maxSkipsPerRun: 1000 },
  );
}, 60_000);

test('who is claimed to be named by nothing is let in by no router', () => {
  fc.assert(
    fc.property(rule, (any) => {
      const open = calls(any).some((one) => mayName(one, 'mesh.local/ns/shop/sa/cart'));
      if (!open)
        expect(
          [...named(any, 'ALLOW')].filter((call) => CALLS[call]?.principal?.name.endsWith('shop/sa/cart')),
        ).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test.each<[string, AuthorizationRule, boolean]>([
  ['one is excluded', { from: [{ principals: ['a/x'], notPrincipals: ['a/*'] }] }, true],
  ['a namespace that its principals are not of', { from: [{ principals: ['t/ns/a/sa/b'], namespaces: ['c'] }] }, true],
  ['no method is left', { to: [{ notMethods: ['*'] }] }, true],
  ['one alternative is left', { from: [{ principals: ['a'], notPrincipals: ['a'] }, { namespaces: ['b'] }] }, false],
])('%s', (_, any, impossible) => {
  expect(calls(any).every((one) => contradictionIn(one, 'ALLOW') !== undefined)).toBe(impossible);
});
