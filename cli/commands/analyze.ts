import { buildCommand } from '@stricli/core';
import {
  ANALYZERS,
  analyse,
  atLeast,
  type Message,
  parseSuppression,
  SEVERITIES,
  type Severity,
  type Suppression,
} from '../../policy-store/compiler/analysis/index.ts';
import { compileMesh } from '../../policy-store/compiler/index.ts';
import { type Resource, resourceKey } from '../../policy-store/resources/index.ts';
import { AdminClient, isRecord } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, filesFlag, switchFlag } from '../flags.ts';
import { type LocatedDocument, readDocuments } from '../input.ts';
import { type LocatedMessage, messageLines } from '../output/analysis.ts';
import { coloursOf } from '../output/colours.ts';
import { table } from '../output/table.ts';
import { printDiagnostics, printJson, reported } from '../report.ts';

interface AnalyzeFlags extends CommonFlags {
  readonly file?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  readonly noStore?: boolean | undefined;
  readonly suppress?: readonly string[] | undefined;
  readonly failureThreshold?: Severity | undefined;
  readonly list?: boolean | undefined;
}

async function analyze(context: CliContext, flags: AnalyzeFlags): Promise<void> {
  if (flags.list) return list(context, flags);
  const suppress = (flags.suppress ?? []).map(suppressionOf);
  const paths = flags.file ?? [];
  if (flags.noStore && paths.length === 0) throw nothingToAnalyze();
  const { documents, warnings } = paths.length === 0 ? NO_FILES : await readDocuments(context, paths);
  printDiagnostics(context, warnings);
  const stored = flags.noStore ? [] : await storedResources(context, flags);
  const analysed = (resources: readonly Resource[]): Message[] =>
    // Whether an address may be reached is the store's to judge: it knows its own mode.
    analyse(resources, compileMesh(resources, { dev: true }), { now: context.now(), suppress });
  const found = analysed(merged(stored, documents));
  const messages = paths.length === 0 || flags.all ? found : concerning(found, documents, () => analysed(stored));
  show(
    context,
    flags,
    messages.map((message) => located(message, documents)),
  );
}

const NO_FILES = { documents: [], warnings: [] } as const;

/** What the store would hold after an apply of the files. */
function merged(stored: readonly Resource[], documents: readonly LocatedDocument[]): Resource[] {
  const byKey = new Map(stored.map((resource) => [resourceKey(resource), resource]));
  for (const { resource } of documents) {
    const before = byKey.get(resourceKey(resource));
    // What the store gave it stays: its age decides which route comes first.
    byKey.set(resourceKey(resource), { ...resource, metadata: { ...before?.metadata, ...resource.metadata } });
  }
  return [...byKey.values()];
}

/** What is in the files, and what they would bring about elsewhere. */
function concerning(
  found: readonly Message[],
  documents: readonly LocatedDocument[],
  before: () => Message[],
): Message[] {
  const own = new Set(documents.map(({ resource }) => resourceKey(resource)));
  const keyOf = ({ code, resource, path, message }: Message): string =>
    JSON.stringify([code, resourceKey(resource), path, message]);
  const known = new Set(before().map(keyOf));
  return found.filter((message) => own.has(resourceKey(message.resource)) || !known.has(keyOf(message)));
}

function located(message: Message, documents: readonly LocatedDocument[]): LocatedMessage {
  const from = documents.find(({ resource }) => resourceKey(resource) === resourceKey(message.resource));
  return from === undefined ? message : { ...message, file: from.file, ...from.locate(message.path) };
}

async function storedResources(context: CliContext, flags: AnalyzeFlags): Promise<Resource[]> {
  const client = await AdminClient.connect(context, flags);
  const answer = await client.get('/v1/resources');
  return isRecord(answer) && Array.isArray(answer.items) ? (answer.items as Resource[]) : [];
}

function show(context: CliContext, flags: AnalyzeFlags, messages: readonly LocatedMessage[]): void {
  const threshold = flags.failureThreshold ?? 'Error';
  context.outcome = messages.some(({ severity }) => atLeast(severity, threshold)) ? 1 : 0;
  if (flags.json) printJson(context, { messages });
  else context.process.stdout.write(messageLines(messages, coloursOf(context)));
}

function list(context: CliContext, flags: AnalyzeFlags): void {
  const rows = ANALYZERS.map(({ code, name, severity, brief }) => ({ code, name, severity, brief }));
  const cells = rows.map(({ code, name, severity, brief }) => [code, severity, name, brief]);
  if (flags.json) printJson(context, { analyzers: rows });
  else context.process.stdout.write(table(['CODE', 'SEVERITY', 'NAME', 'LOOKS FOR'], cells));
}

function suppressionOf(text: string): Suppression {
  const suppression = parseSuppression(text);
  if (suppression !== undefined) return suppression;
  throw new CliError('usage', `${JSON.stringify(text)} suppresses nothing`, {
    next: 'Write it like --suppress "GSM0105=Service shop/*".',
    exitCode: 2,
  });
}

const nothingToAnalyze = (): CliError =>
  new CliError('usage', '--no-store leaves nothing to analyze', { next: 'Name files: -f mesh.yaml.', exitCode: 2 });

export const analyzeCommand = buildCommand<AnalyzeFlags, [], CliContext>({
  func: reported(analyze),
  parameters: {
    flags: {
      ...commonFlags,
      file: filesFlag,
      all: switchFlag('With -f: also what the store holds already, whatever the files change'),
      noStore: switchFlag('Only the files'),
      suppress: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        placeholder: 'CODE=Kind NS/NAME',
        brief: 'Messages not to show; * stands for any text; may be repeated',
      },
      failureThreshold: {
        kind: 'enum',
        values: SEVERITIES,
        optional: true,
        brief: 'Least severity that makes the command fail (Error)',
      },
      list: switchFlag('List what is looked for'),
    },
    aliases: { f: 'file', A: 'all', L: 'list' },
  },
  docs: {
    brief: 'Find documents that hardly mean what their author thinks',
    fullDescription:
      'Looks for policies that never match, shadow each other, lock everyone out or name nobody, for rules that get no\n' +
      'request, and more: in the store, or in files as they would be once applied. Every message has a code, explained in\n' +
      'docs/analyzer. The annotation gossamer.mesh/suppress: CODE,... silences a document.\n' +
      'Exits 1 when a message of --failure-threshold or above is left.\n\n' +
      'Examples:\n' +
      '  gossamer analyze\n' +
      '  gossamer analyze -f mesh.yaml --no-store\n' +
      '  gossamer analyze --suppress "GSM0105=Service shop/*" --failure-threshold Warning',
  },
});
