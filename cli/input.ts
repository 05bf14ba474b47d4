import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Diagnostic, parseDocuments, type Resource } from '../policy-store/resources/index.ts';
import { CliError } from './cli-error.ts';
import { isConfigModule, readConfigModule } from './config-module.ts';
import type { CliContext } from './context.ts';
import type { LocatedDiagnostic } from './output/diagnostics.ts';

/** A document and where it was written. */
export interface LocatedDocument {
  readonly resource: Resource;
  readonly file: string;
  /** Position of a place in it, 1-based; a document that a program made has none. */
  locate(path: string): { line?: number; column?: number };
}

interface ReadFile {
  readonly documents: readonly LocatedDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What the named files hold. */
export interface DocumentsRead {
  readonly documents: readonly LocatedDocument[];
  /** What was left out, and why: documents of kinds that the mesh has no use for. */
  readonly warnings: readonly LocatedDiagnostic[];
}

/**
 * Reads every `-f`: a file, a folder (recursively, *.yaml *.yml *.json in the order of their names), a config module, or
 * `-`.
 * @throws CliError when one can not be read, or holds a document with an error: nothing of it is sent then
 */
export async function readDocuments(context: CliContext, paths: readonly string[]): Promise<DocumentsRead> {
  const documents: LocatedDocument[] = [];
  const problems: LocatedDiagnostic[] = [];
  for (const path of paths) {
    for (const file of path === '-' ? ['-'] : await filesOf(context, path)) {
      const shown = file === '-' ? 'stdin' : file;
      const read = await (isConfigModule(file) ? runModule(context, file) : readText(context, file, shown));
      documents.push(...read.documents);
      problems.push(...read.diagnostics.map((diagnostic) => ({ ...diagnostic, file: shown })));
    }
  }
  if (problems.some((problem) => problem.severity === 'error')) {
    throw new CliError('documents_invalid', 'the documents have errors; nothing was sent', { diagnostics: problems });
  }
  if (documents.length === 0) {
    throw new CliError('no_documents', `there is no document in ${paths.join(', ')}`, {
      next: 'A folder is searched for *.yaml, *.yml and *.json; a config module (mesh.config.ts) is named itself.',
      diagnostics: problems,
    });
  }
  return { documents, warnings: problems };
}

async function readText(context: CliContext, file: string, shown: string): Promise<ReadFile> {
  const text = file === '-' ? await context.readStdin() : await readFile(resolve(context.cwd, file), 'utf8');
  const { documents, diagnostics } = parseDocuments(text, looksLikeJson(file, text) ? 'json' : 'yaml');
  return { documents: documents.map((document) => ({ ...document, file: shown })), diagnostics };
}

/** What a program made has no lines: findings name the document and the place in it. */
async function runModule(context: CliContext, file: string): Promise<ReadFile> {
  const { documents, diagnostics } = await readConfigModule(context, file);
  return {
    documents: documents.map(({ resource }) => ({ resource, file, locate: () => ({}) })),
    diagnostics: diagnostics.map(({ line: _line, column: _column, ...diagnostic }) => ({
      ...diagnostic,
      message: diagnostic.message.replace(/, first on line \d+/, ''),
    })),
  };
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
