import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ParsedDocument, parseDocuments } from '../policy-store/resources/index.ts';
import { CliError } from './cli-error.ts';
import type { CliContext } from './context.ts';
import type { LocatedDiagnostic } from './output/diagnostics.ts';

/** A document and where it was written. */
export interface LocatedDocument extends ParsedDocument {
  readonly file: string;
}

/**
 * Reads every `-f`: a file, a folder (recursively, *.yaml *.yml *.json in the order of their names), or `-`.
 * @throws CliError when one can not be read, or holds a document with an error: nothing of it is sent then
 */
export async function readDocuments(context: CliContext, paths: readonly string[]): Promise<LocatedDocument[]> {
  const documents: LocatedDocument[] = [];
  const problems: LocatedDiagnostic[] = [];
  for (const path of paths) {
    for (const file of path === '-' ? ['-'] : await filesOf(context, path)) {
      const text = file === '-' ? await context.readStdin() : await readFile(resolve(context.cwd, file), 'utf8');
      const shown = file === '-' ? 'stdin' : file;
      const parsed = parseDocuments(text, looksLikeJson(file, text) ? 'json' : 'yaml');
      documents.push(...parsed.documents.map((document) => ({ ...document, file: shown })));
      problems.push(...parsed.diagnostics.map((diagnostic) => ({ ...diagnostic, file: shown })));
    }
  }
  if (problems.some((problem) => problem.severity === 'error')) {
    throw new CliError('documents_invalid', 'the documents have errors; nothing was sent', { diagnostics: problems });
  }
  if (documents.length === 0) {
    throw new CliError('no_documents', `there is no document in ${paths.join(', ')}`, {
      next: 'A folder is searched for *.yaml, *.yml and *.json.',
    });
  }
  return documents;
}

const looksLikeJson = (file: string, text: string): boolean =>
  file.endsWith('.json') || (file === '-' && /^\s*[[{]/.test(text) && isJson(text));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function filesOf(context: CliContext, path: string): Promise<string[]> {
  const full = resolve(context.cwd, path);
  const found = await stat(full).catch((thrown: NodeJS.ErrnoException) => {
    throw new CliError('file_unreadable', `${path} can not be read: ${reasonOf(thrown)}`, {
      next: `Paths start at ${context.cwd}. \`-\` stands for standard input.`,
    });
  });
  if (!found.isDirectory()) return [path];
  const entries = await readdir(full, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(path, join(entry.parentPath, entry.name).slice(full.length)))
    .sort();
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'it does not exist';
  if (error.code === 'EACCES') return 'permission denied';
  return error.code ?? error.message;
}
