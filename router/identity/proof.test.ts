import { expect, test } from 'vitest';
import { FakeBody, FakeClock } from '../ports.fake.ts';
import { AUDIENCE, CALLER, callAs, FakeCaller, NO_REVOCATIONS, NOW, newVerifier } from './caller.fake.ts';
import type { CallerVerifierPorts } from './caller-verifier.ts';
import type { CallToProve } from './credential-profile.ts';

const caller = await FakeCaller.create();
const { snapshot } = caller;

const strict = async (changes: object = {}, method = 'POST', query = 'a=1', body = 'money') =>
  caller.credentials({ ...(await caller.strictClaims(method, query, body)), ...changes });
const asSigned = (over: Partial<CallToProve> = {}): CallToProve =>
  callAs({ request: { method: 'POST' }, query: 'a=1', body: new FakeBody(5, 'money'), ...over });

test('a single-use proof establishes more than one that may be sent again', async () => {
  const judged = await newVerifier().verify(await strict(), AUDIENCE, snapshot, NOW, asSigned());
  expect(judged).toMatchObject({ principal: { id: CALLER, strength: 'strict-proof' } });
});

test('an absent query and an absent body are signed as empty', async () => {
  const credentials = await strict({}, 'GET', '', '');
  expect(await newVerifier().verify(credentials, AUDIENCE, snapshot, NOW, callAs())).toMatchObject({ uid: 'uid-1' });
});

test.each([
  ['method', { request: { method: 'PUT' } }],
  ['query', { query: 'a=2' }],
  ['query that is gone', { query: undefined }],
  ['body', { body: new FakeBody(5, 'honey') }],
])('is good for no other %s', async (_what, over) => {
  const judged = await newVerifier().verify(await strict(), AUDIENCE, snapshot, NOW, asSigned(over));
  expect(judged).toMatchObject({ status: 400, check: 'wrong_request' });
});

test.each([
  ['no digest of the body', { 'gossamer.mesh/bd': undefined }],
  ['no digest of the query', { 'gossamer.mesh/q': undefined }],
  ['a method that is no text', { htm: ['POST'] }],
])('is refused with %s', async (_what, changes) => {
  const judged = await newVerifier().verify(await strict(changes), AUDIENCE, snapshot, NOW, asSigned());
  expect(judged).toMatchObject({ check: 'malformed' });
});

test('counts once, also as another text with the same jti', async () => {
  const verifier = newVerifier();
  const [first, copy] = [await strict(), await strict()];
  expect(first.wpt).not.toEqual(copy.wpt);
  await verifier.verify(first, AUDIENCE, snapshot, NOW, asSigned());
  for (const again of [first, copy]) {
    expect(await verifier.verify(again, AUDIENCE, snapshot, NOW, asSigned())).toMatchObject({
      reason: 'token_replayed',
      status: 400,
    });
  }
});

test('of two that come at once one counts', async () => {
  const verifier = newVerifier();
  const credentials = await strict();
  const judged = await Promise.all([1, 2].map(() => verifier.verify(credentials, AUDIENCE, snapshot, NOW, asSigned())));
  expect(judged.filter((one) => 'reason' in one)).toHaveLength(1);
});

test('a request that it was not made for does not use it up', async () => {
  const verifier = newVerifier();
  const credentials = await strict();
  const forged = asSigned({ body: new FakeBody(5, 'honey') });
  expect(await verifier.verify(credentials, AUDIENCE, snapshot, NOW, forged)).toMatchObject({ check: 'wrong_request' });
  expect(await verifier.verify(credentials, AUDIENCE, snapshot, NOW, asSigned())).toMatchObject({ uid: 'uid-1' });
});

test('a revoked caller does not use it up, and gets nowhere', async () => {
  const verifier = newVerifier();
  const revocations = { ...NO_REVOCATIONS, ids: [CALLER] };
  const credentials = await strict();
  const judged = await verifier.verify(credentials, AUDIENCE, { ...snapshot, revocations }, NOW, asSigned());
  expect(judged).toMatchObject({ check: 'revoked' });
});

test('a body of more than a mebibyte can not be signed for', async () => {
  const body = new FakeBody(1024 * 1024 + 1, 'money');
  const judged = await newVerifier().verify(await strict(), AUDIENCE, snapshot, NOW, asSigned({ body }));
  expect(judged).toMatchObject({ reason: 'request_too_large', status: 413 });
});

test('a body that does not come ends the request', async () => {
  const clock = new FakeClock(NOW);
  const body = { digest: () => new Promise<string>(() => {}) };
  const judged = newVerifier({}, { clock }).verify(await strict(), AUDIENCE, snapshot, NOW, asSigned({ body }));
  expect(await clock.settle(Promise.resolve(judged))).toMatchObject({ reason: 'request_invalid', status: 408 });
});

const inMode = (replayProtection: 'off' | 'best-effort' | 'strict') => ({
  ...snapshot,
  mesh: { ...snapshot.mesh, replayProtection },
});
const twice = async (mode: 'off' | 'best-effort' | 'strict', ports: Partial<CallerVerifierPorts> = {}) => {
  const verifier = newVerifier({}, ports);
  const credentials = await strict();
  const once = async () => verifier.verify(credentials, AUDIENCE, inMode(mode), NOW, asSigned());
  return [await once(), await once()];
};

test('where the mesh does not care, it is not remembered', async () => {
  expect(await twice('off')).toMatchObject([{ uid: 'uid-1' }, { uid: 'uid-1' }]);
});

test('what another router has seen is a replay where the mesh is strict, and only there', async () => {
  const replay = { useOnce: () => false };
  expect(await twice('strict', { replay })).toMatchObject([{ reason: 'token_replayed', status: 400 }, {}]);
  expect(await twice('best-effort', { replay })).toMatchObject([{ uid: 'uid-1' }, { reason: 'token_replayed' }]);
});

test.each([
  ['is absent', {}],
  ['does not answer', { replay: { useOnce: () => Promise.reject(new Error('down')) } }],
])('refused when the shared store %s', async (_what, ports) => {
  const [judged] = await twice('strict', ports);
  expect(judged).toMatchObject({ reason: 'token_replayed', status: 503, check: 'replay_store_unavailable' });
});
