/** Exact text, `abc*`, `*abc`, or `*` for whatever is there. */
type Form = { readonly type: 'present' } | { readonly type: 'exact' | 'prefix' | 'suffix'; readonly text: string };

function formOf(pattern: string): Form {
  if (pattern === '*') return { type: 'present' };
  if (pattern.startsWith('*')) return { type: 'suffix', text: pattern.slice(1) };
  if (pattern.endsWith('*')) return { type: 'prefix', text: pattern.slice(0, -1) };
  return { type: 'exact', text: pattern };
}

/** Whether everything that `narrow` names is named by `wide` too. Exact: no union of patterns covers what none of them does. */
export function textCovers(wide: string, narrow: string): boolean {
  if (wide === '*' || wide === narrow) return true;
  const [a, b] = [formOf(wide), formOf(narrow)];
  if (a.type === 'present' || b.type === 'present' || a.type === 'exact') return false;
  if (a.type === 'prefix') return b.type !== 'suffix' && b.text.startsWith(a.text);
  return b.type !== 'prefix' && b.text.endsWith(a.text);
}

/** Whether nothing is named by both. */
export function textDisjoint(one: string, other: string): boolean {
  const [a, b] = [formOf(one), formOf(other)];
  if (a.type === 'present' || b.type === 'present') return false;
  if (a.type === 'exact' || b.type === 'exact') return !textCovers(one, other) && !textCovers(other, one);
  // What starts with one and ends with the other always exists.
  if (a.type !== b.type) return false;
  const [long, short] = a.text.length > b.text.length ? [a.text, b.text] : [b.text, a.text];
  return a.type === 'prefix' ? !long.startsWith(short) : !long.endsWith(short);
}
