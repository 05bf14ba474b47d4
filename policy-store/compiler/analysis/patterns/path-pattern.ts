import { textCovers, textDisjoint } from './text-pattern.ts';

/** One step of a pattern: a character, or a place that may be passed or stayed at with any character but some. */
type Token = { readonly char: string } | { readonly any: 'one-segment' | 'star' | 'segment-star' };

const isTemplate = (pattern: string): boolean => /[{}]/.test(pattern);

/** Beyond this many pairs of places two patterns are too much alike to be told apart in time: nothing is claimed then. */
const MAX_PAIRS = 20_000;

/** `{*}` is one or more characters of a segment; `{**}` and `*` are any number of characters. */
function tokensOf(pattern: string): Token[] {
  if (!isTemplate(pattern)) {
    const text = pattern.replaceAll('*', '');
    const chars = [...text].map((char): Token => ({ char }));
    if (pattern.startsWith('*')) return [{ any: 'star' }, ...chars];
    return pattern.endsWith('*') ? [...chars, { any: 'star' }] : chars;
  }
  return pattern.split(/(\{\*\*\}|\{\*\})/).flatMap((part): Token[] => {
    if (part === '{**}') return [{ any: 'star' }];
    if (part === '{*}') return [{ any: 'one-segment' }, { any: 'segment-star' }];
    return [...part].map((char) => ({ char }));
  });
}

/** Places in a pattern that a text read so far may have led to, ascending. */
type Places = readonly number[];

/** Stars may be passed over without a character. */
function closed(tokens: readonly Token[], places: Iterable<number>): Places {
  const all = new Set<number>();
  for (let place of places) {
    all.add(place);
    for (let token = tokens[place]; token !== undefined && isStar(token); token = tokens[place]) all.add(++place);
  }
  return [...all].sort((a, b) => a - b);
}

const isStar = (token: Token): boolean => 'any' in token && token.any !== 'one-segment';

function after(tokens: readonly Token[], places: Places, char: string): Places {
  const next: number[] = [];
  for (const place of places) {
    const token = tokens[place];
    if (token === undefined) continue;
    if ('char' in token) {
      if (token.char === char) next.push(place + 1);
    } else if (token.any === 'star') next.push(place);
    else if (char !== '/') next.push(token.any === 'segment-star' ? place : place + 1);
  }
  return closed(tokens, next);
}

/**
 * Walks every text that could lead somewhere in both patterns, characters that neither names as one.
 * @returns whether `found` holds at the end of one; undefined: there are too many to say
 */
function anyText(
  one: readonly Token[],
  other: readonly Token[],
  found: (ends: { one: boolean; other: boolean }) => boolean,
): boolean | undefined {
  const named = [...one, ...other].flatMap((token) => ('char' in token ? [token.char] : []));
  const alphabet = [...new Set([...named, '/', '\u0000'])];
  const first: [Places, Places] = [closed(one, [0]), closed(other, [0])];
  const open: [Places, Places][] = [[after(one, first[0], '/'), after(other, first[1], '/')]];
  const seen = new Set<string>();
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [a, b] = pair;
    const key = `${a.join()} ${b.join()}`;
    if (a.length === 0 || seen.has(key)) continue;
    if (seen.add(key).size > MAX_PAIRS) return undefined;
    if (found({ one: a.includes(one.length), other: b.includes(other.length) })) return true;
    for (const char of alphabet) open.push([after(one, a, char), after(other, b, char)]);
  }
  return false;
}

const ROOT = '/*';
const whole = (pattern: string): string => (pattern === '*' || pattern === '/{**}' ? ROOT : pattern);

/** Whether every path that `narrow` names is named by `wide` too. Patterns as in text-pattern.ts, and templates. */
export function pathCovers(wide: string, narrow: string): boolean {
  const [a, b] = [whole(wide), whole(narrow)];
  if (a === ROOT || a === b) return true;
  if (!isTemplate(a) && !isTemplate(b)) return textCovers(a, b);
  return anyText(tokensOf(b), tokensOf(a), (ends) => ends.one && !ends.other) === false;
}

/** Whether no path is named by both. */
export function pathDisjoint(one: string, other: string): boolean {
  const [a, b] = [whole(one), whole(other)];
  if (!isTemplate(a) && !isTemplate(b)) return textDisjoint(a, b);
  return anyText(tokensOf(a), tokensOf(b), (ends) => ends.one && ends.other) === false;
}
