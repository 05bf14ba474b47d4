/** Lines of context around a change. */
const CONTEXT = 3;

/**
 * Lines of `after` against `before`, as a unified diff writes them: ` same`, `-gone`, `+new`, with `...` where
 * unchanged lines are left out. By the longest common subsequence; documents are small.
 */
export function lineDiff(before: string, after: string): string[] {
  const old = linesOf(before);
  const now = linesOf(after);
  const common = commonLengths(old, now);
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push(` ${old[i]}`);
      i++;
      j++;
    } else if (j >= now.length || (i < old.length && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push(`-${old[i++]}`);
    } else {
      lines.push(`+${now[j++]}`);
    }
  }
  return aroundChanges(lines);
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
const at = (grid: readonly Uint32Array[], i: number, j: number): number => grid[i]?.[j] ?? 0;

/** Cell (i, j): length of the longest common subsequence of old[i..] and now[j..]. */
function commonLengths(old: readonly string[], now: readonly string[]): Uint32Array[] {
  const grid = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    const row = grid[i] as Uint32Array;
    for (let j = now.length - 1; j >= 0; j--) {
      row[j] = old[i] === now[j] ? at(grid, i + 1, j + 1) + 1 : Math.max(at(grid, i + 1, j), at(grid, i, j + 1));
    }
  }
  return grid;
}

function aroundChanges(lines: readonly string[]): string[] {
  const kept = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => !line.startsWith(' ')),
  );
  return lines.flatMap((line, index) => {
    if (kept[index]) return [line];
    return index > 0 && kept[index - 1] === false ? [] : ['...'];
  });
}
