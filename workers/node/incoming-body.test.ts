import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { IncomingBody } from './incoming-body.ts';

/** SHA-256 of nothing. */
const NOTHING = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';

function bodyOf(parts: readonly string[], declared: number | undefined): IncomingBody {
  const stream = Readable.from(parts.map((part) => Buffer.from(part)));
  return new IncomingBody({ stream, declared, complete: () => stream.readableEnded, beforeRead: () => undefined });
}

test.each([5, undefined])(
  'a body that was digested is still there to be sent, and sent again (declared: %s)',
  async (declared) => {
    const body = bodyOf(['mon', 'ey'], declared);
    const digest = await body.digest(5);
    expect([await body.digest(5), body.spent, String(body.outgoing())]).toEqual([digest, false, 'money']);
    expect(digest).toHaveLength(43);
  },
);

test('an empty body has the digest of nothing, declared or not', async () => {
  expect(await bodyOf([], 0).digest(1)).toBe(NOTHING);
  expect(await bodyOf([], undefined).digest(1)).toBe(NOTHING);
});

test('one that is longer than the cap has none, and can not be sent any more', async () => {
  const body = bodyOf(['mon', 'ey'], undefined);
  expect([await body.digest(4), body.spent]).toEqual([undefined, true]);
  expect(await bodyOf(['money'], 5).digest(4)).toBeUndefined();
});

test('one that is on its way has none', async () => {
  const body = bodyOf(['money'], undefined);
  await text(body.outgoing() as Readable);
  expect(await body.digest(5)).toBeUndefined();
});
