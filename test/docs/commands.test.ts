import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCommandLine } from '../../cli/application.ts';
import { fakeContext } from '../../cli/context.fake.ts';
import { V8_FLAGS } from '../../cli/v8-flags.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['README.md', 'ARCHITECTURE.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))];

/** Everything between back-ticks, or on a line of a shell block, that calls `gossamer` with more than a verb. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const inline = [...text.matchAll(/`(?:npx )?gossamer ([^`\n]+)`/g)].map(([, words = '']) => words);
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'));
  const typed = blocks
    .filter((line) => line.startsWith('npx gossamer '))
    .map((line) => line.slice('npx gossamer '.length));
  return [...inline, ...typed].map((line) =>
    line.replace(/ +#.*/, '').replaceAll('...', '').replaceAll('KIND', 'HTTPRoute').trim(),
  );
}

const commands = pages
  .filter((page) => page.endsWith('.md'))
  .flatMap((page) => commandsOf(page).map((command) => [page, command] as const));

test('there are commands to check', () => expect(commands.length).toBeGreaterThan(8));

test.each(commands)('%s: gossamer %s is called rightly', async (_, command) => {
  // A page may name a command without its arguments; with --help only its words are checked.
  const words = command.split(/\s+/);
  const bare = words.every((word) => /^[a-z-]+$/.test(word)) && !['status', 'dev'].includes(command);
  const context = fakeContext({
    cwd: root,
    store: { 'POST /v1/apply': [200, { revision: 1, results: [], diagnostics: [] }] },
  });
  expect(await runCommandLine(bare ? [...words, '--help'] : words, context), context.err()).not.toBe(2);
});

test('the scripts that README names exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = ['README.md', 'CONTRIBUTING.md'].flatMap((page) => [
    ...readFileSync(join(root, page), 'utf8').matchAll(/npm (?:run )?([a-z]+)/g),
  ]);
  const missing = named
    .map(([, name = '']) => name)
    .filter((name) => scripts[name] === undefined && !['ci', 'run'].includes(name));
  expect(missing).toEqual([]);
});

test('README starts Deno as it is tested and measured', () =>
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`--v8-flags=${V8_FLAGS.join(',')} workers/deno/`));
