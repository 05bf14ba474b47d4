import { expect, test } from 'vitest';
import { byRegion } from './regions.ts';

const ENDPOINTS = [{ region: 'us' }, { region: 'eu' }, {}, { region: 'ap' }, { region: 'eu' }];
const order = (own?: string, listed?: readonly string[]) =>
  byRegion(ENDPOINTS, (one) => one, own, listed).map((group) => group.map(({ region = '-' }) => region).join());

test.each<[string, string | undefined, readonly string[] | undefined, string[]]>([
  ['a router that knows no region makes no difference', undefined, undefined, ['us,eu,-,ap,eu']],
  ['its own first, then all others alike', 'eu', undefined, ['eu,eu', 'us,-,ap']],
  ['then as the policy lists them', 'eu', ['ap', 'eu', 'us'], ['eu,eu', 'ap', 'us', '-']],
  ['a list holds also where the router knows no region', undefined, ['us'], ['us', 'eu,-,ap,eu']],
  ['regions without endpoints are left out', 'af', ['sa', 'ap'], ['ap', 'us,eu,-,eu']],
])('%s', (_, own, listed, groups) => {
  expect(order(own, listed)).toEqual(groups);
});
