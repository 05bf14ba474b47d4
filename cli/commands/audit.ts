import { buildCommand, buildRouteMap } from '@stricli/core';
import type { AuditHead, AuditRecord } from '../../snapshot/audit-chain.ts';
import { AdminClient } from '../admin-client.ts';
import { type CheckedAudit, checkAudit, exportedAudit, storedAudit } from '../audit-source.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, textFlag } from '../flags.ts';
import { table } from '../output/table.ts';
import { printJson, reported } from '../report.ts';

interface ListFlags extends CommonFlags {
  readonly after?: number | undefined;
}

interface VerifyFlags extends CommonFlags {
  readonly file?: string | undefined;
  readonly head?: AuditHead | undefined;
}

async function list(context: CliContext, flags: ListFlags): Promise<void> {
  const records: AuditRecord[] = [];
  for await (const record of storedAudit(await AdminClient.connect(context, flags), flags.after)) records.push(record);
  if (flags.json) return printJson(context, { items: records });
  const rows = records.map((record) => [
    String(record.number),
    new Date(record.at).toISOString(),
    record.actor,
    record.action,
    record.subject,
  ]);
  context.process.stdout.write(table(['NUMBER', 'AT', 'ACTOR', 'ACTION', 'SUBJECT'], rows));
}

async function exportAll(context: CliContext, flags: CommonFlags): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  for await (const record of storedAudit(client)) context.process.stdout.write(`${JSON.stringify(record)}\n`);
}

async function verify(context: CliContext, flags: VerifyFlags): Promise<void> {
  const verdict = await checkAudit(await sourceOf(context, flags), flags.head);
  if (!verdict.intact) context.outcome = 1;
  if (flags.json) printJson(context, verdict);
  else showVerdict(context, verdict);
}

async function sourceOf(context: CliContext, flags: VerifyFlags): Promise<AsyncIterable<AuditRecord>> {
  if (flags.file !== undefined) return exportedAudit(context, flags.file);
  return storedAudit(await AdminClient.connect(context, flags));
}

function showVerdict(context: CliContext, { intact, head, broken }: CheckedAudit): void {
  const { stdout, stderr } = context.process;
  if (intact) {
    stdout.write(`${head.number} entries, each follows from the one before\nhead ${head.number}:${head.hash}\n`);
    return;
  }
  stderr.write(`gossamer: the audit log is broken at entry ${broken?.number}: ${broken?.why}\n`);
  stderr.write(`Good up to ${head.number}:${head.hash}. Compare with an export or a backup.\n`);
}

function parseHead(text: string): AuditHead {
  const [, number, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number !== undefined && hash !== undefined) return { number: Number(number), hash };
  throw new SyntaxError('a head is written as `gossamer audit verify` prints it, NUMBER:HASH');
}

function parseNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new SyntaxError(`${JSON.stringify(text)} is no number of an entry`);
}

const listCommand = buildCommand<ListFlags, [], CliContext>({
  func: reported(list),
  parameters: {
    flags: {
      ...commonFlags,
      after: { kind: 'parsed', parse: parseNumber, optional: true, placeholder: 'NUMBER', brief: 'Only later entries' },
    },
  },
  docs: { brief: 'Show who did what', fullDescription: 'Examples:\n  gossamer audit list --after 100' },
});

const exportCommand = buildCommand<CommonFlags, [], CliContext>({
  func: reported(exportAll),
  parameters: { flags: { ...commonFlags } },
  docs: {
    brief: 'Print every entry, one JSON document a line',
    fullDescription: 'Examples:\n  gossamer audit export > audit.jsonl',
  },
});

const verifyCommand = buildCommand<VerifyFlags, [], CliContext>({
  func: reported(verify),
  parameters: {
    flags: {
      ...commonFlags,
      file: textFlag('Check an export instead of what the store has; - for standard input', 'FILE'),
      head: {
        kind: 'parsed',
        parse: parseHead,
        optional: true,
        placeholder: 'NUMBER:HASH',
        brief: 'Head that was kept elsewhere: finds a log that was cut off or made anew',
      },
    },
    aliases: { f: 'file' },
  },
  docs: {
    brief: 'Check that nothing in the audit log was changed',
    fullDescription:
      'Fetches every entry and checks here that each follows from the one before. Prints the head; keep it somewhere\n' +
      'that the administrators of the database do not reach, and give it back with --head the next time. Exits 1 when\n' +
      'the log is broken.\n\n' +
      'Examples:\n' +
      '  gossamer audit verify\n' +
      '  gossamer audit verify -f audit.jsonl --json',
  },
});

export const auditRoutes = buildRouteMap({
  routes: { list: listCommand, export: exportCommand, verify: verifyCommand },
  docs: { brief: 'Who did what, and whether that was rewritten' },
});
