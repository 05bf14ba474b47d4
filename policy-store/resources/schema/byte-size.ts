import * as z from 'zod';

const UNIT: Readonly<Record<string, number>> = { '': 1, k: 1000, M: 1_000_000, Ki: 1024, Mi: 1_048_576 };
const FORM = 'must be a number of bytes, such as 65536 or 64Ki';
const SIZE = /^(\d{1,9})(k|M|Ki|Mi)?$/;

/** A number of bytes, or a quantity of Kubernetes: `64Ki`, `1Mi`, `64k`. */
export const byteSize = z.union([z.int().min(0).max(1_000_000_000), z.string().regex(SIZE, { message: FORM })], {
  error: FORM,
});

/** Bytes of a size that the schema has accepted. */
export function bytes(size: number | string): number {
  if (typeof size === 'number') return size;
  const [, digits = '0', unit = ''] = SIZE.exec(size) ?? [];
  return Number(digits) * (UNIT[unit] ?? 1);
}
