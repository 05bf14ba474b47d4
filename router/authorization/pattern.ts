/** Whether a value is named by a list of patterns. Absent and empty values are named by none, not even by `*`. */
export type PatternTest = (value: string | undefined) => boolean;

/**
 * Istio's string patterns: exact, `abc*`, `*abc`, `*` (present). Every other character is literal, a dot or a star
 * inside included. Case-sensitive.
 */
export function compilePatterns(patterns: readonly string[]): PatternTest {
  const exact = new Set<string>();
  const prefixes: string[] = [];
  const suffixes: string[] = [];
  let present = false;
  for (const pattern of patterns) {
    if (pattern === '*') present = true;
    else if (pattern.startsWith('*')) suffixes.push(pattern.slice(1));
    else if (pattern.endsWith('*')) prefixes.push(pattern.slice(0, -1));
    else exact.add(pattern);
  }
  return (value) => {
    if (value === undefined || value === '') return false;
    if (present || exact.has(value)) return true;
    return prefixes.some((prefix) => value.startsWith(prefix)) || suffixes.some((suffix) => value.endsWith(suffix));
  };
}
