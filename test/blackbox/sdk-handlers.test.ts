import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boundCall, bundleOf, CART, newKey, ORDERS, witFor } from '../../sdk/surroundings.fake.ts';
import { stopAll } from './process.ts';
import { RUNTIMES } from './runtimes.ts';
import { startSdkHandler } from './sdk-handler-process.ts';

const hop = await newKey();
const runtimes = RUNTIMES.map(({ name }) => name);

afterAll(() => stopAll());

describe.each(runtimes)('a guarded fetch handler on %s', (name) => {
  let url = '';
  beforeAll(async () => {
    const wit = await witFor(ORDERS, Math.floor(Date.now() / 1000) + 600, hop);
    const trustBundle = bundleOf([hop, 'hop-1']);
    const program = await startSdkHandler(name, JSON.stringify({ wit, privateJwk: hop.privateJwk, trustBundle }));
    url = `http://127.0.0.1:${program.ready.port}`;
  });

  const iat = () => Math.floor(Date.now() / 1000);
  const signed = (target: string, body: string) => boundCall(hop, { target, body }, { iat: iat(), exp: iat() + 30 });
  const ask = async (text: string, target: string, body: BodyInit) => {
    const init = { method: 'POST', body, headers: { 'mesh-call': text }, duplex: 'half' };
    const answer = await fetch(url + target, init as RequestInit);
    return [answer.status, await answer.json()];
  };

  test.each(['/pay', '/pay?x=1&y=%20', "/pay?q='x'", '/p%C3%A9'])(
    'takes the request that was signed: %s',
    async (target) => {
      const answer = await ask(await signed(target, 'text'), target, 'text');
      expect(answer).toEqual([200, { caller: CART, length: 4 }]);
    },
  );

  test('reads a streamed body, and hands it on', async () => {
    const body = 'x'.repeat(900_000);
    const answer = await ask(await signed('/', body), '/', new Response(body).body as ReadableStream);
    expect(answer).toEqual([200, { caller: CART, length: body.length }]);
  });

  test.each([
    ['another path', '/pay2', 'text', 403],
    ['another body', '/pay', 'texT', 403],
    ['a body that is too large', '/pay', 'x'.repeat(1_048_577), 413],
  ])('refuses %s', async (_case, target, body, status) => {
    expect(await ask(await signed('/pay', 'text'), target, body)).toMatchObject([status, {}]);
  });

  test('takes it once', async () => {
    const text = await signed('/pay', 'text');
    await ask(text, '/pay', 'text');
    expect(await ask(text, '/pay', 'text')).toMatchObject([403, { code: 'mesh_call_invalid' }]);
  });
});
