/** What one place of a text may be: pairs of first and last UTF-16 unit. */
export type Ranges = readonly number[];

const DIGIT: Ranges = [0x30, 0x39];
const WORD: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const SPACE: Ranges = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20];

export const LAST_UNIT = 0xffff;

/** All units but these. */
export function complement(ranges: Ranges): Ranges {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i] as number, ranges[i + 1] as number]);
  pairs.sort(([a], [b]) => a - b);
  const rest: number[] = [];
  let from = 0;
  for (const [low, high] of pairs) {
    if (low > from) rest.push(from, low - 1);
    from = Math.max(from, high + 1);
  }
  if (from <= LAST_UNIT) rest.push(from, LAST_UNIT);
  return rest;
}

/** What `\d` and its like stand for, by their letter. */
export const CLASSES: Readonly<Record<string, Ranges>> = {
  d: DIGIT,
  w: WORD,
  s: SPACE,
  D: complement(DIGIT),
  W: complement(WORD),
  S: complement(SPACE),
};

/** With the letters of the other case. ASCII only: paths and header values that matter here are ASCII. */
export function bothCases(ranges: Ranges): Ranges {
  const all = [...ranges];
  for (let i = 0; i < ranges.length; i += 2) {
    const [low, high] = [ranges[i] as number, ranges[i + 1] as number];
    addShifted(all, Math.max(low, 0x41), Math.min(high, 0x5a), 32);
    addShifted(all, Math.max(low, 0x61), Math.min(high, 0x7a), -32);
  }
  return all;
}

function addShifted(to: number[], low: number, high: number, by: number): void {
  if (low <= high) to.push(low + by, high + by);
}
