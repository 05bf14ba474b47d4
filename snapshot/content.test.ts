import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, sameContent } from './content.ts';

const leaf = fc.oneof(fc.constantFrom(undefined, null, true, 0, -0, 1, '', '1', 'a'), fc.string());
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('tree'), { maxKeys: 3 }),
    fc.dictionary(fc.constantFrom('__proto__', 'constructor', '0', '1'), tie('tree'), { maxKeys: 2 }),
  ),
}));
const content = fc.record({ of: tree });

test('content is the same exactly when its bytes are', () => {
  fc.assert(
    fc.property(content, content, (a, b) => {
      expect(sameContent(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
    }),
    { numRuns: 5_000 },
  );
});

test('content is the same as its copy, whatever the order of its members', () => {
  fc.assert(
    fc.property(content, (a) => {
      expect(sameContent(JSON.parse(canonicalJson(a)), a)).toBe(true);
    }),
  );
});
