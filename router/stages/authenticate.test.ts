import { expect, test } from 'vitest';
import type { ServiceChunk } from '../../snapshot/chunk.ts';
import { CALLER, callAs, FakeCaller, NOW, newVerifier } from '../identity/caller.fake.ts';
import { loadService } from '../snapshot/loaded-service.ts';
import { serviceChunk } from '../snapshot/published.fake.ts';
import { authenticate } from './authenticate.ts';

const caller = await FakeCaller.create();
const good = await caller.credentials();

/** As much of the facts as the stage reads. */
const judge = async (credentials: object, changes: Partial<ServiceChunk> = {}): Promise<unknown> =>
  authenticate({
    ...callAs(),
    parts: { verifier: newVerifier() },
    meshHeaders: {},
    credentials: { wit: [], wpt: [], authorization: undefined, ...credentials },
    snapshot: caller.snapshot,
    service: loadService(serviceChunk('orders', changes)),
    now: NOW,
  } as unknown as Parameters<typeof authenticate>[0]);

test('a good proof establishes the principal', async () => {
  expect(await judge(good)).toMatchObject({ principal: { id: CALLER } });
});

test('the audience is the addressed service, from the snapshot', async () => {
  expect(await judge(good, { name: 'payments' })).toMatchObject({ reason: 'token_invalid' });
});

test('nothing sent: refused, or nobody where the service is PERMISSIVE', async () => {
  expect(await judge({})).toMatchObject({ reason: 'unauthenticated' });
  expect(await judge({}, { peerAuthentication: 'PERMISSIVE' })).toEqual({ principal: null, via: [] });
});

test('something broken is refused even where the service is PERMISSIVE', async () => {
  const broken = { ...good, wpt: [] };
  expect(await judge(broken, { peerAuthentication: 'PERMISSIVE' })).toMatchObject({ reason: 'token_invalid' });
});

test.each(['strict-proof', 'mtls', 'from-the-future'])('a plain proof is not enough for %s', async (authn) => {
  expect(await judge(good, { authn: authn as 'mtls' })).toMatchObject({ reason: 'token_invalid' });
});

test('a proof is more than a bearer token', async () => {
  expect(await judge(good, { authn: 'bearer' })).toMatchObject({ principal: { strength: 'proof' } });
});
