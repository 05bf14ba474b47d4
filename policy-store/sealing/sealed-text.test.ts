import { expect, test } from 'vitest';
import { isSealed, openText, sealText } from './sealed-text.ts';

const kek = (byte: number) =>
  crypto.subtle.importKey('raw', new Uint8Array(32).fill(byte), 'AES-GCM', false, ['encrypt', 'decrypt']);

test('what is sealed opens in its place with its key, and only there', async () => {
  const sealed = await sealText('hunter2', 'chunk a', await kek(1));
  expect([isSealed(sealed), isSealed('{"kind":"gateway"}'), sealed.includes('hunter2')]).toEqual([true, false, false]);
  expect(await openText(sealed, 'chunk a', await kek(1))).toBe('hunter2');
  await expect(openText(sealed, 'chunk b', await kek(1))).rejects.toThrow('does not open');
  await expect(openText(sealed, 'chunk a', await kek(2))).rejects.toThrow('does not open');
  await expect(openText(`${sealed.slice(0, -2)}xx`, 'chunk a', await kek(1))).rejects.toThrow('does not open');
});
