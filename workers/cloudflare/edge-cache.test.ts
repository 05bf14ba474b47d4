import { expect, test } from 'vitest';
import { EdgeCache, type Store } from './edge-cache.ts';

const KEY = { kty: 'EC', d: 'private' };
const KEPT = { jws: 'jws', confirmedAt: 5, hopKey: KEY, manifestKeys: [{ kty: 'EC' }] };

/** The Cache API in memory. */
function memoryStore(): Store & { readonly held: Map<string, Uint8Array<ArrayBuffer>> } {
  const held = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    held,
    match: async (name) => {
      const bytes = held.get(String(name));
      return bytes && new Response(bytes);
    },
    put: async (name, response) => {
      held.set(String(name), new Uint8Array(await response.arrayBuffer()));
    },
  };
}

test('another isolate with the same token finds what was kept', async () => {
  const store = memoryStore();
  await new EdgeCache(async () => store, 'token').keepManifest(KEPT);
  await new EdgeCache(async () => store, 'token').keepChunk('a', '{}');
  const other = new EdgeCache(async () => store, 'token');
  expect(await other.manifest()).toEqual(KEPT);
  expect([await other.chunk('a'), await other.chunk('b')]).toEqual(['{}', undefined]);
});

test('the hop key can not be read without the token', async () => {
  const store = memoryStore();
  await new EdgeCache(async () => store, 'token').keepManifest(KEPT);
  expect(new TextDecoder().decode([...store.held.values()][0])).not.toContain('private');
  await expect(new EdgeCache(async () => store, 'other').manifest()).rejects.toThrow();
});

test('an empty cache holds nothing', async () => {
  expect(await new EdgeCache(async () => memoryStore(), 'token').manifest()).toBeUndefined();
});
