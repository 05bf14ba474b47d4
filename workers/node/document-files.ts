import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PolicyStore } from '../../policy-store/index.ts';
import { StoreRefusal } from '../../policy-store/index.ts';
import { parseDocuments } from '../../policy-store/resources/index.ts';
import type { Diagnostic, Resource } from '../../policy-store/resources/resource.ts';
import { StartError, systemReason } from './start-error.ts';

interface Located {
  readonly resource: Resource;
  readonly file: string;
  readonly line: number;
}

/**
 * Applies the documents of files, of folders (recursively, *.yaml *.yml *.json in the order of their names) and of
 * standard input (`-`), all or none.
 * @returns the revision that holds them
 * @throws StartError with one line a diagnostic
 */
export async function applyFiles(
  store: PolicyStore,
  paths: readonly string[],
  warn: (line: string) => void,
): Promise<number> {
  const documents: Located[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    for (const file of path === '-' ? ['-'] : await filesOf(path)) {
      const parsed = await parsedFile(file);
      const shown = file === '-' ? 'stdin' : file;
      documents.push(...parsed.documents.map((document) => ({ ...document, file: shown })));
      problems.push(...parsed.diagnostics.filter(isError).map((diagnostic) => diagnosticLine(diagnostic, shown)));
    }
  }
  if (problems.length > 0) throw new StartError('the documents have errors; nothing was applied', problems);
  if (documents.length === 0) throw new StartError(`there is no document in ${paths.join(', ')}`);
  return applyDocuments(store, documents, warn);
}

async function applyDocuments(
  store: PolicyStore,
  documents: readonly Located[],
  warn: (line: string) => void,
): Promise<number> {
  const lineOf = (diagnostic: Diagnostic): string => locatedLine(diagnostic, documents);
  try {
    const json = JSON.stringify(documents.map(({ resource }) => resource));
    const answer = await store.apply(json, 'json', { actor: 'startup' });
    for (const diagnostic of answer.diagnostics) warn(lineOf(diagnostic));
    return answer.revision;
  } catch (error) {
    if (error instanceof StoreRefusal)
      throw new StartError(error.message, error.diagnostics.filter(isError).map(lineOf));
    throw error;
  }
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw new StartError(`${path} can not be read: ${systemReason(error)}. Name a file, a folder or - with -f.`);
  });
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function parsedFile(file: string): Promise<ReturnType<typeof parseDocuments>> {
  const content = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: unknown) => {
    throw new StartError(`${file} can not be read: ${systemReason(error)}. Name a file, a folder or - with -f.`);
  });
  return parseDocuments(content, file.endsWith('.json') || isJson(content) ? 'json' : 'yaml');
}

function isJson(content: string): boolean {
  if (!/^\s*[[{]/.test(content)) return false;
  try {
    JSON.parse(content);
    return true;
  } catch {
    return false;
  }
}

const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === 'error';

/** `mesh.yaml:12:7: error: message [code]`, the form that editors and CI annotations understand. */
function diagnosticLine(diagnostic: Diagnostic, file: string | undefined, line = diagnostic.line): string {
  const { severity, code, message, resource, path, column } = diagnostic;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const subject = [resource, path].filter((part) => part !== undefined).join(' ');
  return `${place === '' ? '' : `${place}: `}${severity}: ${subject === '' ? '' : `${subject}: `}${message} [${code}]`;
}

/** The store saw one JSON array: what it says of a document belongs to the file that the document came from. */
function locatedLine(diagnostic: Diagnostic, documents: readonly Located[]): string {
  const { line: _line, column: _column, ...rest } = diagnostic;
  const from = documents.find(({ resource }) => subjectsOf(resource).includes(diagnostic.resource ?? ''));
  return diagnosticLine(rest, from?.file, from?.line);
}

const subjectsOf = ({ kind, metadata: { namespace, name } }: Resource): string[] => [
  `${kind} ${namespace}/${name}`,
  `${kind} ${name}`,
];
