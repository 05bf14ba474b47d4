/** W3C Trace Context 3.3.1.1. */
const MAX_MEMBERS = 32;
/** Characters of a list that are sent on; 512 is the least that the standard asks for. */
const MAX_LENGTH = 2048;
/** Members longer than this are the first to go when a list is too long (3.3.1.5). */
const LONG_MEMBER = 128;

/** A key, plain or with the system that owns it, and a value (3.3.1.3). */
const MEMBER =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * A `tracestate` as it may be sent on: in the order of its members, without empty ones.
 * @param value all header fields, joined with commas
 * @returns undefined when there is nothing valid in it: one bad member makes the whole list worthless
 */
export function readTracestate(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const members = value
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  if (members.length === 0 || members.length > MAX_MEMBERS || !members.every((member) => MEMBER.test(member)))
    return undefined;
  return shortened(members);
}

function shortened(members: readonly string[]): string | undefined {
  let kept = members;
  if (lengthOf(kept) > MAX_LENGTH) kept = kept.filter((member) => member.length <= LONG_MEMBER);
  while (lengthOf(kept) > MAX_LENGTH) kept = kept.slice(0, -1);
  return kept.length === 0 ? undefined : kept.join(',');
}

const lengthOf = (members: readonly string[]): number => members.reduce((sum, { length }) => sum + length + 1, -1);
