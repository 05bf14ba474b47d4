/** Texts were written by callers and by authors of documents: none of them may steer the terminal. Line feeds stay. */
export function printable<T>(value: T): T {
  const clean = (text: string): string => text.replace(/(?!\n)\p{Cc}/gu, '\ufffd');
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return clean(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [clean(name), walk(member)]));
  };
  return walk(value) as T;
}
