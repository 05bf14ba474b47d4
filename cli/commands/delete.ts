import { buildCommand } from '@stricli/core';
import { AdminClient } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, filesFlag, namespaceFlag } from '../flags.ts';
import { type HeldChange, heldChange, showHeld } from '../held-change.ts';
import { readDocuments } from '../input.ts';
import { printDiagnostics, printJson, reported } from '../report.ts';
import { kindAndGroup, kindsOf, pathOf, resourcePath, shownName } from '../resource-name.ts';
import { notFound } from './get.ts';

interface DeleteFlags extends CommonFlags {
  readonly file?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
}

interface Deleted {
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
  readonly outcome: 'deleted' | 'not found' | 'held';
  /** Of what is held. */
  readonly pending?: string;
  readonly expiresAt?: number;
}

/** What came of one deletion. */
const outcomeOf = (held: HeldChange | undefined) =>
  held === undefined ? ({ outcome: 'deleted' } as const) : ({ outcome: 'held', ...held } as const);

async function remove(context: CliContext, flags: DeleteFlags, word?: string, name?: string): Promise<void> {
  const files = flags.file ?? [];
  if ((files.length === 0) === (word === undefined) || (word !== undefined && name === undefined)) {
    throw new CliError('usage', 'say what to delete: KIND NAME, or -f FILE', {
      next: 'For example `gossamer delete HTTPRoute payments -n shop`.',
      exitCode: 2,
    });
  }
  const client = await AdminClient.connect(context, flags);
  const results =
    word === undefined || name === undefined
      ? await removeWritten(context, client, files)
      : [await removeNamed(client, word, flags.namespace ?? 'default', name)];
  if (results.some((result) => result.outcome === 'not found')) context.outcome = 1;
  if (flags.json) printJson(context, { results });
  for (const result of results) {
    const title = `${kindAndGroup(result)}/${shownName(result)}`;
    if (!flags.json) context.process.stdout.write(`${title} ${result.outcome}\n`);
    const held = heldChange(result);
    if (held) showHeld(context, `${title} is not deleted yet`, held);
  }
}

async function removeNamed(client: AdminClient, word: string, namespace: string, name: string): Promise<Deleted> {
  const kinds = kindsOf(word);
  const stored = [];
  for (const kind of kinds) {
    if ((await client.find(resourcePath(kind, namespace, name))) !== undefined) stored.push(kind);
  }
  const [kind] = stored;
  if (kind === undefined) throw notFound(kinds, namespace, name);
  if (stored.length > 1) {
    const written = stored.map((one) => kindAndGroup(one)).join(' or ');
    throw new CliError('ambiguous_kind', `${word} ${name} exists in several groups`, {
      next: `Write ${written}.`,
      exitCode: 2,
    });
  }
  const done = outcomeOf(heldChange(await client.delete(resourcePath(kind, namespace, name))));
  const home = kind.scope === 'Cluster' ? '' : namespace;
  return { kind: kind.kind, apiVersion: kind.apiVersion, namespace: home, name, ...done };
}

async function removeWritten(context: CliContext, client: AdminClient, files: readonly string[]): Promise<Deleted[]> {
  const results: Deleted[] = [];
  const { documents, warnings } = await readDocuments(context, files);
  printDiagnostics(context, warnings);
  // Last first: what was written later leans on what was written earlier.
  for (const { resource } of documents.toReversed()) {
    const path = pathOf(resource);
    const stored = await client.find(path);
    const done: Pick<Deleted, 'outcome'> =
      stored === undefined ? { outcome: 'not found' } : outcomeOf(heldChange(await client.delete(path)));
    const { kind, apiVersion, metadata } = resource;
    results.push({
      kind,
      apiVersion,
      namespace: metadata.namespace,
      name: metadata.name,
      ...done,
    });
  }
  return results;
}

export const deleteCommand = buildCommand<DeleteFlags, [word?: string, name?: string], CliContext>({
  func: reported(remove),
  parameters: {
    flags: { ...commonFlags, file: filesFlag, namespace: namespaceFlag },
    aliases: { f: 'file', n: 'namespace' },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, placeholder: 'KIND', brief: 'HTTPRoute, svc, ...', optional: true },
        { parse: String, placeholder: 'NAME', brief: 'Name of the document', optional: true },
      ],
    },
  },
  docs: {
    brief: 'Delete stored documents',
    fullDescription:
      'Deletes one document, or all documents of files and folders. What changes whom the mesh trusts may have to be\n' +
      'approved by somebody else first: then it is held, and this exits 1.\n\n' +
      'Examples:\n' +
      '  gossamer delete HTTPRoute payments -n shop\n' +
      '  gossamer delete -f mesh.yaml',
  },
});
