import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ParsedDocuments, parseDocuments } from '../policy-store/resources/index.ts';
import { isRecord } from './admin-client.ts';
import { CliError } from './cli-error.ts';
import type { CliContext } from './context.ts';

/** Files that are programs. Only one that is named is run: never what merely lies in a folder. */
export const isConfigModule = (path: string): boolean => /\.[mc]?[jt]s$/.test(path);

const HOW = 'End it with `export default defineMesh({ ... })`, one document, or a list of them.';

/**
 * Runs a config file and reads the documents that it exports by default: a mesh, a document, or a list of both.
 * @throws CliError when it can not be run, or exports nothing of the kind
 */
export async function readConfigModule(context: CliContext, path: string): Promise<ParsedDocuments> {
  const url = pathToFileURL(resolve(context.cwd, path)).href;
  const module = await context.importModule(url).catch((thrown: unknown) => {
    throw failed(path, thrown, url);
  });
  if (!('default' in module)) {
    throw new CliError('config_without_default', `${path} has no default export`, { next: HOW });
  }
  let text: string;
  try {
    text = JSON.stringify(documentsOf(module.default, path, 'exports'));
  } catch (thrown) {
    throw thrown instanceof CliError ? thrown : failed(path, thrown, url);
  }
  return parseDocuments(text, 'json');
}

function documentsOf(exported: unknown, path: string, does: string): unknown[] {
  if (Array.isArray(exported)) {
    return exported.flatMap((one, index) => documentsOf(one, path, `exports a list whose entry ${index} is`));
  }
  if (isRecord(exported)) {
    if (typeof exported.toDocuments === 'function') return exported.toDocuments();
    if ('apiVersion' in exported || 'kind' in exported) return [exported];
  }
  const promise = isRecord(exported) && typeof exported.then === 'function';
  throw new CliError('config_unusable', `${path} ${does} ${wordFor(exported)}, which is no document`, {
    next: promise ? 'Write `export default await ...`.' : HOW,
  });
}

function wordFor(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return value === undefined ? 'nothing' : `a ${typeof value}`;
  return 'then' in value ? 'a promise' : 'an object without apiVersion and kind';
}

/** What was thrown, and where in the file, when the file itself threw it. */
function failed(path: string, thrown: unknown, url: string): CliError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const [, line] = stack.split('\n').flatMap((text) => placeIn(text, url))[0] ?? [];
  const code = (thrown as { code?: unknown } | undefined)?.code;
  const missing = code === 'ERR_MODULE_NOT_FOUND';
  return new CliError('config_failed', `${path}${line === undefined ? '' : `:${line}`} failed: ${message}`, {
    next: missing
      ? 'Node runs the file as it is: install what it imports, and write the extension of files (`./services.ts`).'
      : 'Node runs the file and takes types away unread; `tsc --noEmit` finds what is wrong with them.',
  });
}

/** `at file:///a/mesh.config.ts:12:7`. */
function placeIn(stackLine: string, url: string): [string, string][] {
  const at = stackLine.indexOf(`${url}:`);
  const [digits] = at < 0 ? [] : (/^\d+/.exec(stackLine.slice(at + url.length + 1)) ?? []);
  return digits === undefined ? [] : [[url, digits]];
}
