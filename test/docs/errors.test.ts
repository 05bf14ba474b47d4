import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAULTS, REASONS, type Reason } from '../../router/reasons.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/errors.md');
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

test.each(Object.entries(REASONS))('%s is documented as it is', (reason, { status, flag }) => {
  const section = sections.get(reason);
  expect(section, `docs/errors.md has a section "### ${reason}"`).toBeDefined();
  const [, facts = ''] = section?.split('\n') ?? [];
  expect(facts.replace(/ \(.*\)/, '')).toBe(`${status} · flag ${flag} · fault: ${FAULTS[reason as Reason]}`);
  expect(section).toMatch(/\*\*Cause\*\* .+[\s\S]+\*\*Check\*\* .+/);
});

test('no reason is documented that does not exist', () => {
  expect([...sections.keys()].sort()).toEqual(Object.keys(REASONS).sort());
});

test('every code of the admin API is documented with its status', () => {
  const source = read('policy-store/refusal.ts');
  const table = source.slice(source.indexOf('const STATUS'), source.indexOf('};'));
  const codes = [...table.matchAll(/^ {2}(\w+): (\d{3}),$/gm)].map(([, code, status]) => `| \`${code}\` | ${status} |`);
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((row) => !page.includes(row))).toEqual([]);
});

test('what no router answers yet is called reserved, and nothing else', () => {
  const sources = ['router', 'gateway'].flatMap((plane) =>
    readdirSync(new URL(`../../${plane}/`, import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/(reasons|local-reply|test)\.ts$/.test(name))
      .map((name) => read(`${plane}/${name}`)),
  );
  const unused = Object.keys(REASONS).filter((reason) => !sources.some((source) => source.includes(`'${reason}'`)));
  const reserved = [...sections].filter(([, section]) => section.includes('Reserved:')).map(([reason]) => reason);
  expect(reserved.sort()).toEqual(unused.sort());
});
