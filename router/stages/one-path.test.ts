import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Permit } from '../authorization/permit.ts';
import { trialsOf } from '../authorization/trials.ts';
import { Cancellation } from '../cancellation.ts';
import { LocalAnswer, Refusal } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { FakeBody, FakeClock } from '../ports.fake.ts';
import {
  backendAtWeight,
  callerAt,
  policyAt,
  prefixMatch,
  ruleAt,
  serviceAt,
  snapshotOf,
} from '../routing/mesh.fake.ts';
import { filterRequest } from './filter-request.ts';
import { matchRoute } from './match-route.ts';
import { screen } from './screen.ts';

const random = { next: () => 0, bytes: () => new Uint8Array(), hex: () => '' };
const parts = {
  reporter: 'router',
  ports: { random, clock: new FakeClock() },
  signer: { sign: () => 'signed' },
} as const;
const policies = [policyAt('shop/own', 'ALLOW', {})];
const table = { matches: [prefixMatch('/')], rules: [ruleAt(0, { backends: [backendAtWeight('shop/v2')] })] };
const plain = serviceAt('shop/orders', { policies });
const routed = serviceAt('shop/orders', { policies, routes: { default: table, byPort: {} } });
const snapshot = snapshotOf({ services: [serviceAt('shop/v2', { policies })] });

const piece = fc.oneof(
  fc.constantFrom('/', '.', '%2e', '%25', '%c3%a9', '%C3%A9', '%41', '%20', 'a', 'B', '~', ';', '?', '&'),
  fc.string({ maxLength: 2 }),
);
const target = fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join('')}`);

/** The paths that policies judge and the target that goes out; undefined when the request is refused. */
function journey(text: string, service: typeof plain): { judged: string[]; sent: string } | undefined {
  const request = {
    method: 'GET',
    scheme: 'http',
    authority: 'orders.shop.mesh',
    target: text,
    headers: new HeaderList(),
  } as const;
  const connection = { remoteAddress: '', tls: false };
  const screened = screen({ parts, request, snapshot, connection });
  if (screened instanceof Refusal) return undefined;
  const facts = {
    ...screened,
    parts,
    request,
    snapshot,
    service,
    widerPolicies: [],
    connection,
    principal: callerAt('shop/cart'),
    via: [],
    body: new FakeBody(),
    cancellation: new Cancellation(),
    endUser: null,
    now: 0,
  };
  const found = matchRoute(facts);
  if (!found || found instanceof Promise || found instanceof Refusal || found instanceof LocalAnswer) return undefined;
  const judged = trialsOf({ ...facts, ...found }).map((trial) => trial.call.path);
  const shaped = filterRequest({ ...facts, ...found, permit: new Permit('test') });
  return shaped && 'outbound' in shaped ? { judged, sent: shaped.outbound.target } : undefined;
}

test.each([
  ['the plain service', plain, 1],
  ['a route without rewrite', routed, 2],
])('what is authorised is what is sent, byte for byte: %s', (_, service, trials) => {
  fc.assert(
    fc.property(target, (text) => {
      const travelled = journey(text, service);
      if (travelled === undefined) return;
      const [path] = travelled.sent.split('?');
      expect(travelled.judged).toEqual(Array.from({ length: trials }, () => path));
    }),
    { numRuns: 1500 },
  );
});

test('the journey above does arrive', () => {
  expect(journey('/a/%41?q', routed)).toEqual({ judged: ['/a/A', '/a/A'], sent: '/a/A?q' });
});
