import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import config from '../../examples/shop/mesh.config.ts';
import { type ParsedDocuments, parseDocuments, resourceKey } from '../../policy-store/resources/index.ts';

const byKey = ({ documents, diagnostics }: ParsedDocuments): object => {
  expect(diagnostics).toEqual([]);
  return Object.fromEntries(documents.map(({ resource }) => [resourceKey(resource), resource]));
};

test('the shop in TypeScript is the shop in YAML', () => {
  const yaml = readFileSync(new URL('../../examples/shop/mesh.yaml', import.meta.url), 'utf8');
  expect(byKey(parseDocuments(JSON.stringify(config.toDocuments()), 'json'))).toEqual(
    byKey(parseDocuments(yaml, 'yaml')),
  );
});
