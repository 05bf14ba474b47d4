import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AuditChain, type AuditHead, type AuditRecord } from '../snapshot/audit-chain.ts';
import { type AdminClient, isRecord } from './admin-client.ts';
import { CliError, messageOf } from './cli-error.ts';
import type { CliContext } from './context.ts';

const PAGE = 500;

/** What checking entries said. */
export interface CheckedAudit {
  readonly intact: boolean;
  /** The last entry that is good. */
  readonly head: AuditHead;
  readonly broken?: { readonly number: number; readonly why: string };
}

/** Every entry that the store has, page by page. @param after number of the entry before the first */
export async function* storedAudit(client: AdminClient, after = 0): AsyncGenerator<AuditRecord> {
  for (let last = after; ; ) {
    const answer = await client.get(`/v1/audit?after=${last}&limit=${PAGE}`);
    const items = isRecord(answer) && Array.isArray(answer.items) ? (answer.items as AuditRecord[]) : [];
    yield* items;
    const end = items.at(-1)?.number ?? last;
    // A store that repeats itself must not keep us here for ever.
    if (items.length === 0 || end <= last) return;
    last = end;
  }
}

/** The entries of an export, one JSON object a line. @throws CliError */
export async function* exportedAudit(context: CliContext, path: string): AsyncGenerator<AuditRecord> {
  const text = path === '-' ? await context.readStdin() : await readText(context, path);
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    yield recordOf(line, `${path}:${index + 1}`);
  }
}

/**
 * Checks the chain, and that it still holds an entry that was written down elsewhere: a log that was cut off or made anew
 * is a whole chain too.
 */
export async function checkAudit(
  records: AsyncIterable<AuditRecord>,
  kept: AuditHead | undefined,
): Promise<CheckedAudit> {
  const chain = new AuditChain();
  for await (const record of records) {
    const why = (await chain.add(record)) ?? differsFrom(kept, record);
    if (why !== undefined) return { intact: false, head: chain.head, broken: { number: record.number, why } };
  }
  if (kept !== undefined && kept.number > chain.head.number) {
    const why = 'it was there when the head was kept, and is not any more';
    return { intact: false, head: chain.head, broken: { number: chain.head.number + 1, why } };
  }
  return { intact: true, head: chain.head };
}

const differsFrom = (kept: AuditHead | undefined, { number, hash }: AuditRecord): string | undefined =>
  kept?.number === number && kept.hash !== hash
    ? 'it is not the entry whose head was kept: the log was made anew'
    : undefined;

async function readText(context: CliContext, path: string): Promise<string> {
  try {
    return await readFile(resolve(context.cwd, path), 'utf8');
  } catch (thrown) {
    throw new CliError('unreadable_file', `${path} can not be read (${messageOf(thrown)})`, {
      next: 'Write one with `gossamer audit export > audit.jsonl`.',
    });
  }
}

function recordOf(line: string, where: string): AuditRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (isRecord(value) && typeof value.number === 'number' && typeof value.hash === 'string') {
    return value as unknown as AuditRecord;
  }
  throw new CliError('unreadable_file', `${where} is no entry of an audit log`, {
    next: 'Write the file with `gossamer audit export > audit.jsonl`.',
  });
}
