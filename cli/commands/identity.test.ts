import { expect, test } from 'vitest';
import { runCommandLine } from '../application.ts';
import { fakeContext } from '../context.fake.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const identities = [
  {
    namespace: 'shop',
    name: 'cart',
    spiffeId: CART,
    keys: [{ jkt: 'thumb', from: 'join-token', at: 1, revoked: true }],
    issuers: ['https://token.actions.githubusercontent.com'],
    revoked: false,
  },
  { namespace: 'shop', name: 'bare', spiffeId: 'x', keys: [], issuers: [], revoked: false },
];

async function run(line: string, store: Record<string, readonly [number, unknown]>) {
  const context = fakeContext({ store });
  const code = await runCommandLine(line.split(' '), context);
  return { code, out: context.out(), err: context.err(), sent: context.sent };
}

test('identity list shows every way to enrol, and what is revoked', async () => {
  const { out } = await run('identity list -n shop', { 'GET /v1/identities': [200, { identities }] });
  expect(out).toMatch(/^shop +cart +thumb +join-token +REVOKED$/m);
  expect(out).toMatch(/^shop +cart +https:\S+ +federation +ok$/m);
  expect(out).toMatch(/^shop +bare +- +- +cannot enrol yet$/m);
});

test('identity join prints the token alone on standard output', async () => {
  const answer = { joinToken: 'gjt_x', spiffeId: CART, expiresAt: 1_800_000_000_000 };
  const { out, err, sent } = await run('identity join cart -n shop --ttl 5m', {
    'POST /v1/join-tokens': [200, answer],
  });
  expect(out).toBe('gjt_x\n');
  expect(err).toContain('good once');
  expect(sent[0]?.body).toEqual({ namespace: 'shop', workload: 'cart', ttl: '5m' });
});

test('keys list says what comes next', async () => {
  const next = { state: 'retiring', at: Date.UTC(2027, 0, 1) };
  const keys = [{ kid: 'k1', class: 'wit', state: 'active', since: Date.UTC(2026, 10, 20), next }];
  const { out } = await run('keys list', { 'GET /v1/keys': [200, { keys }] });
  expect(out).toMatch(/^k1 +wit +active +3d +retiring 2027-01-01T00:00:00.000Z$/m);
});

test('keys rotate and revoke print the key that will sign', async () => {
  const store = { 'POST /v1/keys/rotate': [200, { kid: 'k2', generation: 7 }] } as const;
  const rotated = await run('keys rotate hop --activate-after 30s', store);
  expect(rotated).toMatchObject({ code: 0, out: 'k2\n' });
  expect(rotated.sent[0]?.body).toEqual({ class: 'hop', activateAfter: '30s' });
  expect((await run('keys rotate all', store)).code).toBe(2);
  const revoked = await run('keys revoke k1', { 'POST /v1/keys/k1/revoke': [200, { kid: 'k3', generation: 8 }] });
  expect(revoked).toMatchObject({ code: 0, out: 'k3\n' });
});

test('revoke finds the identity of a workload, and says whether every router serves it', async () => {
  const store = (waited: boolean) =>
    ({
      'GET /v1/identities': [200, { identities }],
      'POST /v1/revocations?wait=5s': [200, { revision: 1, generation: 9, waited }],
    }) as const;
  const done = await run('revoke --workload cart -n shop --wait 5s', store(true));
  expect(done).toMatchObject({ code: 0, out: 'revoked in generation 9, served by every router\n' });
  expect(done.sent[1]?.body).toEqual({ ids: [CART], jkts: [], kids: [] });
  expect((await run('revoke --workload cart -n shop --wait 5s', store(false))).code).toBe(1);
  expect((await run('revoke --workload nobody -n shop', store(true))).err).toContain('no Workload shop/nobody');
});

test('revoke without a word of what is called wrongly', async () => {
  expect(await run('revoke', {})).toMatchObject({ code: 2 });
});

test('revoke list and undo', async () => {
  const lists = { ids: [CART], jkts: [], kids: ['k'], issuedBefore: { x: 1 }, workloads: [], generation: 3 };
  const { out } = await run('revoke list', { 'GET /v1/revocations': [200, lists] });
  expect(out).toContain(CART);
  const path = `DELETE /v1/revocations/ids/${encodeURIComponent(CART)}`;
  const undone = await run(`revoke undo ids ${CART}`, { [path]: [200, { revision: 1, generation: 4 }] });
  expect(undone.out).toBe('taken back in generation 4\n');
});
