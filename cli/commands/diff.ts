import { buildCommand } from '@stricli/core';
import { toYaml } from '../../policy-store/resources/index.ts';
import type { Metadata, Resource } from '../../policy-store/resources/resource.ts';
import { AdminClient } from '../admin-client.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, filesFlag } from '../flags.ts';
import { readDocuments } from '../input.ts';
import { coloursOf } from '../output/colours.ts';
import { lineDiff } from '../output/line-diff.ts';
import { maskSecrets } from '../output/masked-secrets.ts';
import { printDiagnostics, printJson, reported } from '../report.ts';
import { kindAndGroup, pathOf, shownName } from '../resource-name.ts';
import { nothingNamed } from './apply.ts';

interface DiffFlags extends CommonFlags {
  readonly file?: readonly string[] | undefined;
}

/** kubectl's: 0 same, 1 differs, more an error. */
const FAILED = 2;

async function diff(context: CliContext, flags: DiffFlags): Promise<void> {
  if ((flags.file ?? []).length === 0) throw nothingNamed();
  const { documents, warnings } = await readDocuments(context, flags.file ?? []);
  printDiagnostics(context, warnings);
  const client = await AdminClient.connect(context, flags);
  const changes = [];
  for (const { resource } of documents) {
    const stored = (await client.find(pathOf(resource))) as Resource | undefined;
    const shown = maskSecrets(stored && withoutServerPart(stored), withoutServerPart(resource));
    const before = shown.before === undefined ? '' : toYaml(shown.before);
    const after = toYaml(shown.after);
    if (before === after) continue;
    const name = `${kindAndGroup(resource)}/${shownName(resource.metadata)}`;
    changes.push({ name, outcome: stored === undefined ? 'created' : 'configured', lines: lineDiff(before, after) });
  }
  context.outcome = changes.length === 0 ? 0 : 1;
  if (flags.json) return printJson(context, { changes });
  const colours = coloursOf(context);
  for (const { name, lines } of changes) {
    context.process.stdout.write(colours.bold(`--- stored ${name}\n+++ ${name}\n`));
    for (const line of lines) {
      const paint = line.startsWith('+') ? colours.green : line.startsWith('-') ? colours.red : String;
      context.process.stdout.write(`${paint(line)}\n`);
    }
  }
}

/** What its author says: without status and what the store itself fills in. */
function withoutServerPart({ apiVersion, kind, metadata, spec }: Resource): Resource {
  const kept: Metadata = {
    name: metadata.name,
    namespace: metadata.namespace,
    ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
    ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
  };
  return { apiVersion, kind, metadata: kept, spec };
}

export const diffCommand = buildCommand<DiffFlags, [], CliContext>({
  func: reported(diff, FAILED),
  parameters: { flags: { ...commonFlags, file: filesFlag }, aliases: { f: 'file' } },
  docs: {
    brief: 'Compare documents with the stored ones',
    fullDescription:
      'Shows what `apply` would change; of a Secret only which values. Exits 0 when nothing differs, 1 when something does, 2 on an error.\n\n' +
      'Examples:\n' +
      '  gossamer diff -f mesh.yaml\n' +
      '  gossamer diff -f mesh.config.ts\n' +
      '  gossamer diff -f policies/ --json',
  },
});
