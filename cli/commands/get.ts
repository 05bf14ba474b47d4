import { buildCommand } from '@stricli/core';
import { type KindInfo, toYaml } from '../../policy-store/resources/index.ts';
import type { Resource } from '../../policy-store/resources/resource.ts';
import { AdminClient, isRecord } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, namespaceFlag, switchFlag } from '../flags.ts';
import { columnsOf } from '../output/resource-columns.ts';
import { age, table } from '../output/table.ts';
import { printJson, reported } from '../report.ts';
import { kindsOf, qualifiedKind, resourcePath, shownName } from '../resource-name.ts';

interface GetFlags extends CommonFlags {
  readonly namespace?: string | undefined;
  readonly allNamespaces?: boolean | undefined;
  readonly output?: 'table' | 'yaml' | 'json' | undefined;
}

async function get(context: CliContext, flags: GetFlags, word: string, name?: string): Promise<void> {
  const kinds = kindsOf(word);
  const client = await AdminClient.connect(context, flags);
  const namespace = flags.namespace ?? 'default';
  const format = flags.json ? 'json' : (flags.output ?? 'table');
  if (name !== undefined) {
    const found = await findNamed(client, kinds, namespace, name);
    return show(context, format, [found], false, found);
  }
  const items = await list(client, kinds, flags.allNamespaces ? undefined : namespace);
  if (items.length === 0 && format === 'table') {
    const where = flags.allNamespaces ? 'in any namespace' : `in namespace ${namespace} (all of them: -A)`;
    context.process.stderr.write(`No ${kinds[0]?.plural ?? word} ${where}.\n`);
    return;
  }
  show(context, format, items, flags.allNamespaces === true, { items });
}

async function findNamed(
  client: AdminClient,
  kinds: readonly KindInfo[],
  namespace: string,
  name: string,
): Promise<Resource> {
  for (const kind of kinds) {
    const found = await client.find(resourcePath(kind, namespace, name));
    if (found !== undefined) return found as Resource;
  }
  throw notFound(kinds, namespace, name);
}

/** Says where it was looked for. */
export function notFound(kinds: readonly KindInfo[], namespace: string, name: string): CliError {
  const [kind] = kinds;
  const shown = kind?.scope === 'Cluster' ? name : shownName({ namespace, name });
  return new CliError('not_found', `there is no ${kind?.kind} ${shown}`, {
    next: `List them with \`gossamer get ${kind?.plural} -A\`.`,
  });
}

async function list(
  client: AdminClient,
  kinds: readonly KindInfo[],
  namespace: string | undefined,
): Promise<Resource[]> {
  const items: Resource[] = [];
  for (const kind of kinds) {
    const query = new URLSearchParams({ kind: qualifiedKind(kind) });
    if (namespace !== undefined) query.set('namespace', namespace);
    const answer = await client.get(`/v1/resources?${query}`);
    if (isRecord(answer) && Array.isArray(answer.items)) items.push(...(answer.items as Resource[]));
  }
  return items;
}

function show(
  context: CliContext,
  format: 'table' | 'yaml' | 'json',
  items: readonly Resource[],
  withNamespace: boolean,
  json: unknown,
): void {
  if (format === 'json') printJson(context, json);
  else if (format === 'yaml') context.process.stdout.write(items.map(toYaml).join('---\n'));
  else context.process.stdout.write(tablesOf(items, withNamespace, context.now()));
}

/** Kinds of one word can differ (Service of two groups): each has a table with columns of its own. */
function tablesOf(items: readonly Resource[], withNamespace: boolean, now: number): string {
  const groups = Map.groupBy(items, (item) => `${item.apiVersion}/${item.kind}`);
  return [...groups.values()].map((members) => tableOf(members, withNamespace, now)).join('\n');
}

function tableOf(items: readonly Resource[], withNamespace: boolean, now: number): string {
  const columns = columnsOf(items[0]?.kind ?? '');
  const home = withNamespace ? ['NAMESPACE'] : [];
  const rows = items.map((item) => [
    ...home.map(() => item.metadata.namespace || '-'),
    item.metadata.name,
    ...columns.map((column) => column.value(item.spec)),
    statusOf(item),
    age(item.metadata.creationTimestamp, now),
  ]);
  return table([...home, 'NAME', ...columns.map((column) => column.heading), 'STATUS', 'AGE'], rows);
}

/** The first condition that is not well, by its reason; `OK` when all are. */
function statusOf({ status }: Resource): string {
  const conditions = status?.conditions ?? [];
  const bad = conditions.find((condition) => condition.status !== 'True');
  if (bad !== undefined) return bad.reason;
  return conditions.length === 0 ? '-' : 'OK';
}

export const getCommand = buildCommand<GetFlags, [word: string, name?: string], CliContext>({
  func: reported(get),
  parameters: {
    flags: {
      ...commonFlags,
      namespace: namespaceFlag,
      allNamespaces: switchFlag('Every namespace'),
      output: { kind: 'enum', values: ['table', 'yaml', 'json'], optional: true, brief: 'Form of the output' },
    },
    aliases: { n: 'namespace', A: 'allNamespaces', o: 'output' },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, placeholder: 'KIND', brief: 'HTTPRoute, routes, svc, authorizationpolicies, ...' },
        { parse: String, placeholder: 'NAME', brief: 'One document; absent: all of them', optional: true },
      ],
    },
  },
  docs: {
    brief: 'Show stored documents',
    fullDescription:
      'Shows stored documents with their conditions. -o yaml and -o json show a Secret whole, its values too;\n' +
      '`gossamer describe` and `gossamer diff` never do.\n\n' +
      'Examples:\n' +
      '  gossamer get routes -A\n' +
      '  gossamer get HTTPRoute payments -n shop -o yaml\n' +
      '  gossamer get authorizationpolicies -n shop --json',
  },
});
