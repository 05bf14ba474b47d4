import { describe, expect, test } from 'vitest';
import type { Backend } from '../../snapshot/route.ts';
import { Refusal } from '../exchange.ts';
import { backendAt, routeFrom } from './choose.ts';
import { compileRouteTable } from './compile.ts';
import { backendAtWeight, type FakeMesh, ruleAt, screenedAs, serviceAt, snapshotOf, tableOf } from './mesh.fake.ts';

const GET = { method: 'GET', scheme: 'http', authority: '', target: '', headers: screenedAs().headers } as const;
const withChance = (chance: number) => ({
  ports: { random: { next: () => chance, bytes: () => new Uint8Array(), hex: () => '' } },
});

function routed(backends: readonly Backend[], more: { chance?: number; path?: string; mesh?: FakeMesh } = {}) {
  const services = [serviceAt('shop/v1'), serviceAt('shop/v2'), serviceAt('shop/grpc', { ports: [{ port: 9090 }] })];
  const table = compileRouteTable(tableOf(ruleAt(0, { backends }), '/api'));
  const screened = screenedAs({ path: more.path ?? '/api/x' });
  const snapshot = snapshotOf({ services, ...more.mesh });
  return routeFrom(table, { ...screened, request: GET, snapshot, parts: withChance(more.chance ?? 0), now: 0 }, null);
}

const nameAt = (chance: number, weights: readonly number[]): string | undefined => {
  const backends = weights.map((weight, i) => backendAtWeight(`shop/v${i}`, weight));
  const totalWeight = weights.reduce((a, b) => a + b, 0);
  const chosen = backendAt({ backends, totalWeight }, chance);
  return chosen && 'name' in chosen ? chosen.name : undefined;
};

describe('weights', () => {
  test('each backend has its share of the chances', () => {
    expect([0, 0.89, 0.9, 0.999].map((chance) => nameAt(chance, [90, 10]))).toEqual(['v0', 'v0', 'v1', 'v1']);
  });
  test('a weight of 0 is never chosen, wherever it stands', () => {
    expect([0, 0.5, 0.9999999999999999].map((chance) => nameAt(chance, [0, 3, 0]))).toEqual(['v1', 'v1', 'v1']);
  });
  test('no weight at all: nothing to choose', () => {
    expect([nameAt(0, []), nameAt(0.5, [0, 0])]).toEqual([undefined, undefined]);
  });
});

test('the chosen backend comes with its service and the path as forwarded', () => {
  const filters = [{ type: 'URLRewrite', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' } }] as const;
  const result = routed([backendAtWeight('shop/v1'), backendAtWeight('shop/v2', 1, filters)], { chance: 0.5 });
  expect(result).toMatchObject({
    matchedPrefix: '/api',
    forwardedPath: '/v2/x',
    backend: { port: 80, service: { key: 'shop/v2' } },
  });
});

test('a cold snapshot is waited for, a warm one is not', async () => {
  const cold = routed([backendAtWeight('shop/v1')], { mesh: { services: [serviceAt('shop/v1')], cold: true } });
  expect(cold).toBeInstanceOf(Promise);
  expect(await cold).toMatchObject({ backend: { service: { key: 'shop/v1' } } });
  expect(routed([backendAtWeight('shop/v1')])).not.toBeInstanceOf(Promise);
});

describe('500 for the share of', () => {
  const reasonOf = (result: unknown) =>
    result instanceof Refusal ? `${result.status} ${result.reason}` : 'no refusal';
  const rewriteTo = (replaceFullPath: string) =>
    ({ type: 'URLRewrite', path: { type: 'ReplaceFullPath', replaceFullPath } }) as const;
  test.each([
    ['no backends', []],
    ['weights that are all 0', [backendAtWeight('shop/v1', 0)]],
    ['an invalid reference', [{ weight: 1, invalid: 'RefNotPermitted' }]],
    ['a service that is not in the snapshot', [backendAtWeight('shop/gone')]],
    ['a port that the service has not', [backendAtWeight('shop/grpc')]],
    ['a rewrite to a path that is none', [backendAtWeight('shop/v1', 1, [rewriteTo('/a/../b')])]],
    ['a rewrite that adds a query', [backendAtWeight('shop/v1', 1, [rewriteTo('/a?b')])]],
  ])('%s', async (_, backends) => {
    expect(reasonOf(await routed(backends))).toBe('500 backend_invalid');
  });
});

test('an invalid reference answers only for its own share', () => {
  const backends = [{ weight: 1, invalid: 'gone' }, backendAtWeight('shop/v1', 1)];
  expect(routed(backends, { chance: 0.6 })).toMatchObject({ backend: { service: { key: 'shop/v1' } } });
});

test('attached routes of which none matches: 404, in words without policy', () => {
  expect(routed([], { path: '/other' })).toMatchObject({ reason: 'route_not_found', status: 404 });
});
