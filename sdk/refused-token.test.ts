import { expect, test } from 'vitest';
import type { MeshIdentity } from './identity.ts';
import { createMesh } from './mesh.ts';
import { type Asked, bundleOf, CART, fakeFetch, newKey, SetClock, THEN, witFor } from './surroundings.fake.ts';

const key = await newKey();
const tokens = [await witFor(CART, THEN + 1800, key), await witFor(CART, THEN + 1801, key)];

/** Has another token once the first is refused. */
class Renewing implements MeshIdentity {
  readonly spiffeId = CART;
  #at = 0;
  readonly more: boolean;

  constructor(more: boolean) {
    this.more = more;
  }

  refused(wit: string): void {
    if (this.more && wit === tokens[this.#at]) this.#at = 1;
  }

  async credential() {
    return { wit: tokens[this.#at] as string, key: key.privateKey, renewAt: THEN * 2000, expiresAt: THEN * 2000 };
  }
}

function setUp(more: boolean, check: string) {
  const fetch = fakeFetch(({ headers }: Asked) =>
    headers.get('workload-identity-token') === tokens[0]
      ? Response.json({ check }, { status: 400, headers: { 'mesh-reason': 'token_invalid' } })
      : new Response('ok'),
  );
  const options = { identity: new Renewing(more), router: 'http://router', trustBundle: bundleOf() };
  return { fetch, mesh: createMesh({ ...options, fetch, clock: new SetClock() }) };
}

test.each(['revoked', 'untrusted_key'])('a token that is %s is renewed, and the call made once more', async (check) => {
  const { mesh, fetch } = setUp(true, check);
  const answer = await mesh.fetch('http://orders.shop.mesh/', { method: 'POST', body: 'x' });
  expect([answer.status, fetch.asked.length]).toEqual([200, 2]);
});

test('a call is not made again without another token, for another reason, or with a stream', async () => {
  const post = (body: BodyInit) => ({ method: 'POST', body, duplex: 'half' as const });
  const same = setUp(false, 'revoked');
  expect((await same.mesh.fetch('http://orders.shop.mesh/', post('x'))).status).toBe(400);
  const other = setUp(true, 'wrong_audience');
  expect((await other.mesh.fetch('http://orders.shop.mesh/', post('x'))).status).toBe(400);
  const stream = setUp(true, 'revoked');
  expect((await stream.mesh.fetch('http://orders.shop.mesh/', post(new Blob(['x']).stream()))).status).toBe(400);
  expect([same, other, stream].map(({ fetch }) => fetch.asked.length)).toEqual([1, 1, 1]);
});
