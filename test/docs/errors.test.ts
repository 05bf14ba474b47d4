import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REASONS } from '../../router/reasons.ts';

const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const sections = new Map(
  text
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

test.each(Object.entries(REASONS))('%s is documented as it is', (reason, { status, flag, fault }) => {
  const section = sections.get(reason);
  expect(section, `docs/errors.md has a section "### ${reason}"`).toBeDefined();
  const [, facts = ''] = section?.split('\n') ?? [];
  expect(facts).toMatch(new RegExp(`^${status}( \\(.*\\))? · flag ${flag.replace('-', '\\-')} · fault: ${fault}$`));
  expect(section).toMatch(/\*\*Cause\*\* .+[\s\S]+\*\*Check\*\* .+/);
});
