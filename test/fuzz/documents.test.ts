import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyse } from '../../policy-store/compiler/analysis/index.ts';
import { compileMesh } from '../../policy-store/compiler/index.ts';
import { parseDocuments } from '../../policy-store/resources/index.ts';
import { compileRegex, RegexRefused } from '../../policy-store/resources/schema/regex.ts';
import { matchesWhole } from '../../router/routing/regex.ts';
import { fuzz, mutated, TIMEOUT } from './budget.ts';

const golden = new URL('../../policy-store/compiler/golden/', import.meta.url);
const texts = readdirSync(golden).map((name) => readFileSync(new URL(`${name}/in.yaml`, golden), 'utf8'));
const unit = fc.constantFrom(
  ...'abc019 \n\t-:,[]{}&*!|>%@`"\'#?.~/',
  '\n---\n',
  '  - ',
  '&a ',
  '*a',
  '__proto__: ',
  '1e999',
  '\u0000',
  '\ufeff',
);

/** Everything up to what routers would get: nothing may throw. */
function read(text: string, type: 'yaml' | 'json'): void {
  const { documents, diagnostics } = parseDocuments(text, type);
  expect(documents.length + diagnostics.length).toBeLessThan(30_000);
  const resources = documents.map(({ resource }) => resource);
  for (const document of documents) expect(document.locate('spec.rules[0].x').line).toBeGreaterThan(0);
  analyse(resources, compileMesh(resources, { dev: true }), { now: 0 });
}

test(
  'whatever stands in a file is read, compiled and analysed, or refused',
  async () => {
    await fuzz(fc.property(mutated(texts, unit), (text) => read(text, 'yaml')));
  },
  TIMEOUT,
);

const bomb = fc.record({ width: fc.integer({ min: 2, max: 12 }), depth: fc.integer({ min: 2, max: 40 }) });
const nest = fc.record({
  open: fc.constantFrom('[', '{a: ', '- ', 'a:\n ', '? ', '{"a":', '!!a '),
  times: fc.nat(20_000),
});
const number = fc.oneof(
  fc.constantFrom('1e999', '-0', '0x7fffffffffffffff', '1_000', '9'.repeat(400), '.nan', '1e-999'),
  fc.double().map(String),
);

test(
  'alias bombs, deep nesting and huge numbers end quickly, and refused',
  async () => {
    await fuzz(
      fc.property(
        bomb,
        nest,
        number,
        fc.constantFrom<'yaml' | 'json'>('yaml', 'json'),
        ({ width, depth }, { open, times }, digits, type) => {
          const levels = Array.from(
            { length: depth },
            (_, i) =>
              `a${i}: &a${i} [${Array(width)
                .fill(i === 0 ? 'x' : `*a${i - 1}`)
                .join(', ')}]`,
          );
          read(
            `apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: *a${depth - 1}}\n${levels.join('\n')}\n`,
            type,
          );
          read(open.repeat(times), type);
          read(
            `apiVersion: gossamer.mesh/v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: ${digits}}]}\n`,
            type,
          );
        },
      ),
    );
  },
  TIMEOUT,
);

const atom = fc.constantFrom(
  'a',
  '.',
  '[a-z]',
  '\\d',
  '(a|b)',
  '(a|a)',
  '(?:a*)',
  'a?',
  '[^/]',
  'x{2,5}',
  '(a{1,9}){1,9}',
);
const regex = fc
  .array(fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{0,3}', '*?')), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.map((part) => part.join('')).join(''));

test(
  'expressions take steps in proportion to the text, however they are written',
  async () => {
    await fuzz(
      fc.property(
        fc.oneof(regex, mutated(['(a+)+b', '([a-z]*)*!', '(a|a)*b'], fc.constantFrom(...'ab()*+?[]{}|\\.^$,19'))),
        (source) => {
          const program = compiled(source);
          if (program === undefined) return;
          const steps = (length: number): number => {
            let reads = 0;
            const states = new Proxy(program.states, {
              get: (list, key) => {
                if (typeof key === 'string' && /^\d/.test(key)) reads++;
                return Reflect.get(list, key);
              },
            });
            matchesWhole({ ...program, states }, `${'a'.repeat(length)}!`);
            return reads;
          };
          const bound = (length: number): number => (length + 2) * (program.states.length + 1) * 8;
          for (const length of [10, 1000]) expect(steps(length)).toBeLessThan(bound(length));
        },
      ),
    );
  },
  TIMEOUT,
);

function compiled(source: string): ReturnType<typeof compileRegex> | undefined {
  try {
    return compileRegex(source);
  } catch (error) {
    expect(error).toBeInstanceOf(RegexRefused);
    return undefined;
  }
}
