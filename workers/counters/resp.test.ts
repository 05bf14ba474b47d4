import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeCommand, NotResp, type Reply, ReplyReader, ServerError } from './resp.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Everything that a server says, in pieces that end at these places. */
function readIn(pieces: readonly string[]): Reply[] {
  const reader = new ReplyReader();
  return pieces.flatMap((piece) => reader.push(bytes(piece)));
}

test('a command is told in bytes, not in characters', () => {
  expect(new TextDecoder().decode(encodeCommand(['AUTH', 'päss\r\n']))).toBe('*2\r\n$4\r\nAUTH\r\n$7\r\npäss\r\n\r\n');
});

const ANSWERS = '+OK\r\n:-12\r\n$5\r\na\r\nbc\r\n$-1\r\n*2\r\n:1\r\n$3\r\n1.5\r\n-NOSCRIPT none\r\n*-1\r\n*0\r\n';

test('reads every kind of answer', () => {
  const read = readIn([ANSWERS]);
  expect(read.slice(0, 5)).toEqual(['OK', -12, 'a\r\nbc', null, [1, '1.5']]);
  expect(read[5]).toBeInstanceOf(ServerError);
  expect([(read[5] as ServerError).message, read[6], read[7]]).toEqual(['NOSCRIPT none', null, []]);
});

test('reads the same, wherever the pieces end', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: ANSWERS.length })), (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), ANSWERS.length];
      const pieces = ends.map((end, i) => ANSWERS.slice(ends[i - 1] ?? 0, end));
      expect(readIn(pieces)).toEqual(readIn([ANSWERS]));
    }),
  );
});

test.each([
  ['another protocol', 'HTTP/1.1 400 Bad Request\r\n'],
  ['a number that is none', ':1e9\r\n'],
  ['a negative length', '$-2\r\n'],
  ['a text that is too long', '$4097\r\n'],
  ['a list that is too long', '*65\r\n'],
  ['a line without an end', `+${'x'.repeat(2_000)}`],
  ['lists in lists in lists', '*1\r\n*1\r\n*1\r\n:1\r\n'],
])('%s is not understood', (_, text) => {
  expect(() => readIn([text])).toThrow(NotResp);
});

test('whatever comes, it is read or refused, and never held without bound', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (pieces) => {
      const reader = new ReplyReader();
      try {
        for (const piece of pieces) reader.push(piece);
      } catch (error) {
        expect(error).toBeInstanceOf(NotResp);
      }
    }),
  );
});
