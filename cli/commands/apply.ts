import { buildCommand } from '@stricli/core';
import { resourceTitle } from '../../policy-store/resources/index.ts';
import { AdminClient } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, filesFlag, switchFlag, textFlag } from '../flags.ts';
import { heldChange, showHeld } from '../held-change.ts';
import { type LocatedDocument, readDocuments } from '../input.ts';
import type { LocatedDiagnostic } from '../output/diagnostics.ts';
import { printDiagnostics, printJson, reported } from '../report.ts';
import { kindAndGroup, shownName } from '../resource-name.ts';

interface ApplyFlags extends CommonFlags {
  readonly file?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
  readonly prune?: boolean | undefined;
  readonly wait?: string | undefined;
}

/** Answer of `POST /v1/apply`. */
interface ApplyAnswer {
  readonly revision: number;
  readonly results: readonly {
    readonly kind: string;
    readonly apiVersion: string;
    readonly namespace: string;
    readonly name: string;
    readonly outcome: string;
  }[];
  readonly diagnostics: readonly LocatedDiagnostic[];
  readonly waited?: boolean;
  /** Nothing was changed: it waits for a second person under this name. */
  readonly pending?: string;
  readonly expiresAt?: number;
  /** After a dry run: what it touches of the mesh's trust; somebody else would have to approve it. */
  readonly wouldWait?: readonly string[];
}

async function apply(context: CliContext, flags: ApplyFlags): Promise<void> {
  const paths = flags.file ?? [];
  if (paths.length === 0) throw nothingNamed();
  const { documents, warnings } = await readDocuments(context, paths);
  const client = await AdminClient.connect(context, flags);
  const answer = (await client
    .post(
      `/v1/apply${queryOf(flags)}`,
      documents.map((document) => document.resource),
    )
    .catch((thrown: unknown) => {
      throw thrown instanceof CliError ? locate(thrown, documents) : thrown;
    })) as ApplyAnswer;
  const diagnostics = [...warnings, ...answer.diagnostics.map((diagnostic) => located(diagnostic, documents))];
  show(context, flags, { ...answer, diagnostics });
}

function show(context: CliContext, flags: ApplyFlags, answer: ApplyAnswer): void {
  if (flags.wait !== undefined && answer.waited === false) context.outcome = 1;
  const held = heldChange(answer);
  if (flags.json) printJson(context, answer);
  else if (held === undefined) showText(context, flags, answer);
  else printDiagnostics(context, answer.diagnostics);
  if (held) showHeld(context, 'nothing is applied yet', held);
}

function showText(context: CliContext, flags: ApplyFlags, answer: ApplyAnswer): void {
  const { stdout, stderr } = context.process;
  printDiagnostics(context, answer.diagnostics);
  for (const result of answer.results) {
    stdout.write(`${kindAndGroup(result)}/${shownName(result)} ${result.outcome}${flags.dryRun ? ' (dry run)' : ''}\n`);
  }
  if (answer.wouldWait) {
    stdout.write(`would wait until somebody else approves it: it changes ${answer.wouldWait.join(', ')}\n`);
  }
  stdout.write(flags.dryRun ? 'dry run: nothing was changed\n' : `revision ${answer.revision}\n`);
  if (context.outcome !== 0) {
    stderr.write(`gossamer: not every router serves revision ${answer.revision} after ${flags.wait}\n`);
    stderr.write('See which with `gossamer status`.\n');
  }
}

function queryOf(flags: ApplyFlags): string {
  const query = new URLSearchParams();
  if (flags.dryRun) query.set('dryRun', 'true');
  if (flags.prune) query.set('prune', 'true');
  if (flags.wait !== undefined) query.set('wait', flags.wait);
  return query.size === 0 ? '' : `?${query}`;
}

/** The store saw one JSON array: what it says of a document belongs to the file that the document came from. */
function located(diagnostic: LocatedDiagnostic, documents: readonly LocatedDocument[]): LocatedDiagnostic {
  const { line: _line, column: _column, ...rest } = diagnostic;
  const from = documents.find(({ resource }) => resourceTitle(resource) === diagnostic.resource);
  return from === undefined ? rest : { ...rest, file: from.file, ...from.locate(diagnostic.path ?? '') };
}

function locate(error: CliError, documents: readonly LocatedDocument[]): CliError {
  const diagnostics = error.diagnostics.map((diagnostic) => located(diagnostic, documents));
  return new CliError(error.code, error.message, { next: error.next, exitCode: error.exitCode, diagnostics });
}

/** No `-f` at all. */
export const nothingNamed = (): CliError =>
  new CliError('usage', 'no documents are named', { next: 'Name a file or a folder: -f mesh.yaml', exitCode: 2 });

export const applyCommand = buildCommand<ApplyFlags, [], CliContext>({
  func: reported(apply),
  parameters: {
    flags: {
      ...commonFlags,
      file: filesFlag,
      dryRun: switchFlag('Say what would change, change nothing'),
      prune: switchFlag('Delete every stored document that is not among these'),
      wait: textFlag('Wait until router and gateway serve the new revision, at most this long', '10s'),
    },
    aliases: { f: 'file' },
  },
  docs: {
    brief: 'Store documents, all or none, and send them out',
    fullDescription:
      'Stores the documents of files and folders in one transaction: all of them or none. A config module is run, and\n' +
      'what it exports by default is applied: a mesh made by defineMesh(), or documents.\n\n' +
      'Examples:\n' +
      '  gossamer apply -f mesh.yaml\n' +
      '  gossamer apply -f mesh.config.ts --dry-run\n' +
      '  gossamer apply -f policies/ -f routes.yaml --dry-run\n' +
      '  gossamer apply -f mesh/ --prune --wait 10s\n' +
      '  cat route.json | gossamer apply -f -',
  },
});
