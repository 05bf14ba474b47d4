import { buildCommand } from '@stricli/core';
import type { KindInfo } from '../../policy-store/resources/index.ts';
import type { Resource } from '../../policy-store/resources/resource.ts';
import { AdminClient, isRecord } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { describe } from '../description/description.ts';
import { MeshView } from '../description/mesh-view.ts';
import { type CommonFlags, commonFlags, namespaceFlag } from '../flags.ts';
import { coloursOf } from '../output/colours.ts';
import { descriptionText } from '../output/description.ts';
import { printJson, reported } from '../report.ts';
import { kindAndGroup, kindsOf } from '../resource-name.ts';
import { notFound } from './get.ts';

interface DescribeFlags extends CommonFlags {
  readonly namespace?: string | undefined;
}

async function describeOne(context: CliContext, flags: DescribeFlags, word: string, name: string): Promise<void> {
  const kinds = kindsOf(word);
  const client = await AdminClient.connect(context, flags);
  const answer = await client.get('/v1/resources');
  const resources = isRecord(answer) && Array.isArray(answer.items) ? (answer.items as Resource[]) : [];
  const description = describe(new MeshView(resources), find(resources, kinds, flags.namespace ?? 'default', name));
  if (flags.json) return printJson(context, description);
  context.process.stdout.write(descriptionText(description, coloursOf(context), context.now()));
}

/** Kubernetes' Service and ours of one name are one service; of other kinds a name in two groups is two documents. */
function find(
  resources: readonly Resource[],
  kinds: readonly KindInfo[],
  namespace: string,
  name: string,
): [Resource, ...Resource[]] {
  const found = resources.filter(
    (resource) =>
      resource.metadata.name === name &&
      kinds.some((kind) => kindAndGroup(kind) === kindAndGroup(resource) && isAt(resource, kind, namespace)),
  );
  const [first, ...others] = found;
  if (first === undefined) throw notFound(kinds, namespace, name);
  if (others.length > 0 && first.kind !== 'Service') {
    throw new CliError('ambiguous_kind', `${first.kind} ${name} exists in several groups`, {
      next: `Write ${found.map(kindAndGroup).join(' or ')}.`,
      exitCode: 2,
    });
  }
  return [first, ...others];
}

const isAt = ({ metadata }: Resource, { scope }: KindInfo, namespace: string): boolean =>
  metadata.namespace === (scope === 'Cluster' ? '' : namespace);

export const describeCommand = buildCommand<DescribeFlags, [word: string, name: string], CliContext>({
  func: reported(describeOne),
  parameters: {
    flags: { ...commonFlags, namespace: namespaceFlag },
    aliases: { n: 'namespace' },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, placeholder: 'KIND', brief: 'Service, HTTPRoute, Gateway, AuthorizationPolicy, ...' },
        { parse: String, placeholder: 'NAME', brief: 'Name of the document' },
      ],
    },
  },
  docs: {
    brief: 'Say what a document means in its mesh',
    fullDescription:
      'Shows one document with its conditions and what belongs to it: of a Service its endpoints, routes, policies and\n' +
      'identity; of a Gateway its listeners and routes; of a route its parents, and whether its backends resolve.\n\n' +
      'Examples:\n' +
      '  gossamer describe service payments -n shop\n' +
      '  gossamer describe HTTPRoute payments -n shop\n' +
      '  gossamer describe gateway edge -n shop --json',
  },
});
