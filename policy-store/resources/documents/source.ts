/** A value as it stands in a text, with the positions of what is in it. */
export interface SourceNode {
  /** Offset in UTF-16 units: of the name for a field, of the value for a list entry or a whole document. */
  readonly offset: number;
  /** Plain data: objects without inherited names, arrays, text, finite numbers, booleans, null. */
  readonly value: unknown;
  readonly children?: ReadonlyMap<PropertyKey, SourceNode>;
}

/** Why a text can not be read, and where. */
export interface SourceProblem {
  readonly code: string;
  readonly message: string;
  readonly offset: number;
}

/** What a text holds. With a problem, the roots are not to be used. */
export interface Source {
  readonly roots: readonly SourceNode[];
  readonly problems: readonly SourceProblem[];
}

/** Nesting that no policy needs; deeper texts only wear out recursive readers. */
export const MAX_DEPTH = 64;
/** Characters of a whole text (4 MB, more than 20,000 services). */
export const MAX_TEXT = 4 * 1024 * 1024;
export const MAX_DOCUMENTS = 20_000;

export const TOO_DEEP = {
  code: 'document-too-complex',
  message: `the document is nested deeper than ${MAX_DEPTH} levels`,
} as const;

/** A field name that JavaScript objects inherit: taken over into an object it would poison whoever reads it. */
export const isForbiddenName = (name: string): boolean => name === '__proto__';

/** The node at a path, or the nearest one above it that exists. */
export function nodeAt(root: SourceNode, path: readonly PropertyKey[]): SourceNode {
  let node = root;
  for (const step of path) {
    const next = node.children?.get(step);
    if (next === undefined) break;
    node = next;
  }
  return node;
}

/** Lines of a text, for turning offsets into positions. */
export class Lines {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** 1-based. */
  position(offset: number): { line: number; column: number } {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
