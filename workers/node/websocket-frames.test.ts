import { expect, test } from 'vitest';
import { closeFrame, WebSocketFrames } from './websocket-frames.ts';

const text = (length: number, masked = false): Buffer => {
  const bit = masked ? 0x80 : 0;
  const head =
    length < 126
      ? [bit | length]
      : length < 65_536
        ? [bit | 126, length >> 8, length & 0xff]
        : [bit | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from([0x81, ...head]), Buffer.alloc(length + (masked ? 4 : 0), 0x88)]);
};

test.each([0, 1, 125, 126, 65_535, 65_536, 70_000])(
  'a frame of %i bytes ends where it ends, cut anywhere',
  (length) => {
    for (const masked of [false, true]) {
      const bytes = text(length, masked);
      for (const cut of [1, 2, 3, 5, 9, 13, bytes.length - 1].filter((at) => at < bytes.length)) {
        const frames = new WebSocketFrames();
        frames.take(bytes.subarray(0, cut));
        expect(frames.betweenFrames).toBe(false);
        frames.take(bytes.subarray(cut));
        expect([frames.betweenFrames, frames.closed]).toEqual([true, false]);
      }
    }
  },
);

test('what is behind the end of a frame is left', () => {
  const frames = new WebSocketFrames();
  const both = Buffer.concat([text(10, true), text(3)]);
  expect(frames.take(both.subarray(0, 4))).toBe(4);
  expect(frames.take(both.subarray(4), true)).toBe(text(10, true).length - 4);
  expect(frames.take(both, true)).toBe(0);
});

test.each([undefined, Buffer.from([1, 2, 3, 4])])('a close frame is known once all of it has come', (mask) => {
  const frames = new WebSocketFrames();
  const bytes = closeFrame(1001, mask);
  for (const byte of bytes) {
    expect(frames.closed).toBe(false);
    frames.take(Buffer.from([byte]));
  }
  expect(frames.closed).toBe(true);
});

test('the code of a close frame', () => {
  expect([...closeFrame(1001)]).toEqual([0x88, 2, 0x03, 0xe9]);
  expect([...closeFrame(1001, Buffer.from([0xff, 0, 0xff, 0]))]).toEqual([0x88, 0x82, 0xff, 0, 0xff, 0, 0xfc, 0xe9]);
});
