import { expect, test } from 'vitest';
import { compileRouteTable } from '../routing/compile.ts';
import { backendAtWeight, callerAt, ruleAt, screenedAs, serviceAt, snapshotOf, tableOf } from '../routing/mesh.fake.ts';
import type { LoadedService } from '../snapshot/loaded-service.ts';
import { matchRoute } from './match-route.ts';

const parts = { ports: { random: { next: () => 0, bytes: () => new Uint8Array(), hex: () => '' } } };

function matched(service: LoadedService, caller = callerAt('shop/cart')) {
  const snapshot = snapshotOf({ services: [serviceAt('shop/v1')] });
  const request = { method: 'GET', scheme: 'http', authority: '', target: '', headers: screenedAs().headers } as const;
  const screened = screenedAs({ path: '/a%20b/', port: 8080 });
  return matchRoute({
    ...screened,
    request,
    snapshot,
    parts,
    service,
    widerPolicies: [],
    principal: caller,
    via: [],
    now: 0,
  });
}

test('without an attached route the service itself gets the call, at the port that was asked, on the same path', () => {
  expect(matched(serviceAt('shop/orders'))).toEqual({
    rule: null,
    matchedPrefix: undefined,
    backend: { service: expect.objectContaining({ key: 'shop/orders' }), widerPolicies: [], port: 8080, filters: [] },
    forwardedPath: '/a%20b/',
  });
});

test('the table is that of the port and of the caller’s namespace', () => {
  const asked: unknown[] = [];
  const table = compileRouteTable(tableOf(ruleAt(0, { backends: [backendAtWeight('shop/v1')] })));
  const routesFor = (...args: unknown[]) => {
    asked.push(args);
    return table;
  };
  const service = { ...serviceAt('shop/orders'), routesFor };
  expect(matched(service, callerAt('front/web'))).toMatchObject({
    rule: { name: 'HTTPRoute/shop/route/0' },
    backend: { port: 80 },
  });
  expect(asked).toEqual([[8080, 'front']]);
});
