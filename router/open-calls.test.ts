import { expect, test } from 'vitest';
import type { Revocations } from '../snapshot/manifest.ts';
import { Cancellation } from './cancellation.ts';
import { type OpenCall, OpenCalls } from './open-calls.ts';
import { callerAt } from './routing/mesh.fake.ts';

const NONE: Revocations = { ids: [], jkts: [], kids: [], issuedBefore: {}, workloads: [] };
const idOf = (at: string): string => callerAt(at).id;
const revoked = (...at: string[]): Revocations => ({ ...NONE, ids: at.map(idOf) });

const callBy = (at: string, via: readonly string[] = [], revocations = NONE): OpenCall => ({
  identity: { principal: callerAt(at), kid: 'k', issuedAt: 0, uid: 'u' },
  via,
  cancellation: new Cancellation(),
  snapshot: { revocations },
});

test('a revocation ends the calls of whom it names, and no others', () => {
  const calls = new OpenCalls();
  const [cart, web] = [callBy('shop/cart'), callBy('shop/web')];
  calls.add(cart);
  calls.add(web);
  calls.judge(revoked('shop/cart'));
  expect([cart.cancellation.reason, web.cancellation.reason]).toEqual(['revoked', undefined]);
});

test('also those that were made on behalf of whom it names', () => {
  const calls = new OpenCalls();
  const call = callBy('shop/orders', [idOf('shop/web')]);
  calls.add(call);
  calls.judge(revoked('shop/web'));
  expect(call.cancellation.reason).toBe('revoked');
});

test('one that was judged by older revocations is judged when it is added', () => {
  const calls = new OpenCalls();
  calls.judge(revoked('shop/cart'));
  const call = callBy('shop/cart');
  calls.add(call);
  expect(call.cancellation.reason).toBe('revoked');
});

test('what has ended is forgotten, and callers without identity never known', () => {
  const calls = new OpenCalls();
  const call = callBy('shop/cart');
  calls.add(call);
  calls.delete(call);
  calls.add({ via: [], cancellation: new Cancellation(), snapshot: { revocations: NONE } });
  expect(calls.size).toBe(0);
});
