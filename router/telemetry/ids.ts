import type { Random } from '../ports.ts';

const ZEROS = /^0+$/;

/** Random bytes in lower-case hexadecimal, never all zero (W3C Trace Context 3.2.2 gives that a meaning of its own). */
export function randomHex(random: Pick<Random, 'hex'>, bytes: number): string {
  for (;;) {
    const text = random.hex(bytes);
    if (!ZEROS.test(text)) return text;
  }
}
