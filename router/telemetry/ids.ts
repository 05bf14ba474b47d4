import type { Random } from '../ports.ts';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Random bytes in lower-case hexadecimal, never all zero (W3C Trace Context 3.2.2 gives that a meaning of its own). */
export function randomHex(random: Random, bytes: number): string {
  for (;;) {
    let text = '';
    let seen = 0;
    for (const byte of random.bytes(bytes)) {
      text += HEX[byte];
      seen |= byte;
    }
    if (seen !== 0) return text;
  }
}
