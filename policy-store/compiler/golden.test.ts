import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseDocuments } from '../resources/index.ts';
import type { Condition, Status } from '../resources/resource.ts';
import { compileMesh } from './index.ts';

const folder = new URL('./golden/', import.meta.url);

/** JSON with everything on one line that fits: short enough to be read beside the documents. */
function readable(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value) ?? 'null';
  if (flat.length + indent.length <= 110 || typeof value !== 'object' || value === null) return flat;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((entry) => inner + readable(entry, inner))
    : Object.entries(value).map(([name, entry]) => `${inner}${JSON.stringify(name)}: ${readable(entry, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

const BARE_SERVICE = {
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: { namespace: 'a', name: 'a' },
  spec: {},
};
const bare = compileMesh([BARE_SERVICE], { dev: false });

/** Leaves out what every mesh and every service has: what stays is what the documents of the case did. */
function withoutDefaults<T extends object>(value: T, defaults: object = bare): Partial<T> {
  const texts = new Map(Object.entries(defaults).map(([name, member]) => [name, JSON.stringify(member)]));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => texts.get(name) !== JSON.stringify(member) && JSON.stringify(member) !== '[]')
      .map(([name, member]) => [name, name === 'services' ? member.map(serviceWithoutDefaults) : member]),
  ) as Partial<T>;
}

const serviceWithoutDefaults = (service: object): object => withoutDefaults(service, bare.services[0]);

function compiled(yaml: string): string {
  const { documents, diagnostics } = parseDocuments(yaml, 'yaml');
  if (diagnostics.length > 0) return `${readable({ refused: diagnostics })}\n`;
  const mesh = compileMesh(
    documents.map((document) => document.resource),
    { dev: false },
  );
  const failed = [...mesh.conditions].map(([key, conditions]) => {
    const texts = conditions.filter((c) => c.status !== 'True').map((c) => `${c.type} ${c.reason}: ${c.message}`);
    return [key, texts] as const;
  });
  const conditions = Object.fromEntries(failed.filter(([, texts]) => texts.length > 0));
  const parts = [...mesh.statuses].map(([key, status]) => [key, partsOf(status)] as const);
  const statuses = Object.fromEntries(parts.filter(([, texts]) => texts.length > 0));
  return `${readable({ ...withoutDefaults(mesh), conditions, ...(Object.keys(statuses).length > 0 && { statuses }) })}\n`;
}

const unusual = (conditions: readonly Condition[]): string[] =>
  conditions
    .filter(({ type, status }) => (status === 'True') === (type === 'Conflicted'))
    .map(({ type, status, reason }) => `${type} ${status} ${reason}`);

/** Parents that did not take a route, and every listener with its number of routes. */
function partsOf({ parents = [], listeners = [], attachedListenerSets = 0 }: Status): string[] {
  const refused = parents.filter(({ conditions }) => unusual(conditions).length > 0);
  return [
    ...refused.map(({ parentRef, conditions }) =>
      [`parent ${Object.values(parentRef).join(' ')}`, ...unusual(conditions)].join(', '),
    ),
    ...listeners.map(({ name, attachedRoutes, conditions }) =>
      [`listener ${name}`, `${attachedRoutes} routes`, ...unusual(conditions)].join(', '),
    ),
    ...(attachedListenerSets > 0 ? [`${attachedListenerSets} ListenerSets`] : []),
  ];
}

test.each(readdirSync(folder))('%s', (name) => {
  const out = new URL(`${name}/out.json`, folder);
  const actual = compiled(readFileSync(new URL(`${name}/in.yaml`, folder), 'utf8'));
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(out, actual);
  expect(actual).toBe(readFileSync(out, 'utf8'));
});
