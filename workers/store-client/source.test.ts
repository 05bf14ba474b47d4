import { expect, test } from 'vitest';
import { storeSource } from './source.ts';

const HASH = 'a'.repeat(64);

function sourceOf(answer: () => Response) {
  const asked: { url: string; method: string | undefined; headers: Headers }[] = [];
  const source = storeSource({
    url: 'http://store',
    token: 'secret-router-token',
    routerId: 'r1',
    role: 'gateway',
    runtime: 'node',
    fetch: async (url, init) => {
      asked.push({ url, method: init.method, headers: new Headers(init.headers) });
      return answer();
    },
  });
  return { source, asked };
}

test('a manifest is asked for with what is held, and who asks', async () => {
  const { source, asked } = sourceOf(() => new Response('jws'));
  expect(await source.manifest(7, 25_000)).toBe('jws');
  expect(asked[0]?.url).toBe('http://store/v1/snapshot/manifest?wait=25000ms');
  expect(Object.fromEntries(asked[0]?.headers ?? [])).toEqual({
    authorization: 'Bearer secret-router-token',
    'if-none-match': '"7"',
    'gossamer-router-id': 'r1',
    'gossamer-router-role': 'gateway',
    'gossamer-router-runtime': 'node',
  });
});

test('nothing new is nothing', async () => {
  const { source, asked } = sourceOf(() => new Response(null, { status: 304 }));
  expect(await source.manifest(undefined, 0)).toBeUndefined();
  expect(asked[0]?.url).toBe('http://store/v1/snapshot/manifest');
  expect(asked[0]?.headers.has('if-none-match')).toBe(false);
});

test('chunks and the hop key', async () => {
  const { source, asked } = sourceOf(() => new Response('{"kty":"EC"}'));
  expect(await source.chunk(HASH)).toBe('{"kty":"EC"}');
  expect(await source.hopKey()).toEqual({ kty: 'EC' });
  expect(asked.map(({ url }) => url)).toEqual([
    `http://store/v1/snapshot/chunks/${HASH}`,
    'http://store/v1/snapshot/hop-key',
  ]);
});

test.each([204, 404])('leaving is said under its own name, and an answer of %i is fine', async (status) => {
  const { source, asked } = sourceOf(() => new Response(null, { status }));
  await source.leave();
  expect(asked.map(({ url, method }) => `${method} ${url}`)).toEqual(['DELETE http://store/v1/routers/r1']);
});

test('who has left asks on without a name', async () => {
  const { source, asked } = sourceOf(() => new Response(null, { status: 204 }));
  await source.leave();
  await source.manifest(7, 0).catch(() => undefined);
  expect(Object.fromEntries(asked[1]?.headers ?? [])).toEqual({
    authorization: 'Bearer secret-router-token',
    'if-none-match': '"7"',
  });
});

test('leaving a store that does not take it is a rejection', async () => {
  const { source } = sourceOf(() => new Response('secret-router-token', { status: 503 }));
  await expect(source.leave()).rejects.toThrow(/^policy store answered 503 to DELETE \/v1\/routers\/r1$/);
});

test.each([302, 401, 404, 500])('an answer of %i is a rejection that does not tell the token', async (status) => {
  const { source } = sourceOf(() => new Response('secret-router-token', { status }));
  await expect(source.chunk(HASH)).rejects.toThrow(new RegExp(`^policy store answered ${status} to GET \\S+$`));
});

test('more than a manifest can be is not read', async () => {
  const { source } = sourceOf(() => new Response('x'.repeat(2_000_000)));
  await expect(source.manifest(1, 0)).rejects.toThrow('more than');
});

test.each(['{"kty":"EC","d":"c2VjcmV0"x}', 'null', '"EC"', ''])(
  'a hop key of %j is refused without a word of it',
  async (text) => {
    const { source } = sourceOf(() => new Response(text));
    await expect(source.hopKey()).rejects.toThrow(/^policy store sent something else than JSON$/);
  },
);
