import { CliError } from './cli-error.ts';
import type { CliContext } from './context.ts';
import { coloursOf } from './output/colours.ts';
import { diagnosticLine, type LocatedDiagnostic } from './output/diagnostics.ts';

/**
 * Wraps a command so that a CliError becomes its message on stderr, with `--json` also one JSON document on stdout,
 * and its exit code. Anything else that is thrown is a bug and goes on.
 */
export function reported<F extends { readonly json?: boolean | undefined }, A extends readonly unknown[]>(
  run: (context: CliContext, flags: F, ...args: A) => Promise<void>,
  failureCode?: number,
) {
  return async function (this: CliContext, flags: F, ...args: A): Promise<void> {
    try {
      await run(this, flags, ...args);
    } catch (thrown) {
      if (!(thrown instanceof CliError)) throw thrown;
      printError(this, thrown, flags.json === true);
      this.outcome = failureCode ?? thrown.exitCode;
    }
  };
}

/** One JSON document on stdout. */
export function printJson(context: CliContext, value: unknown): void {
  context.process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** One line each on stderr. */
export function printDiagnostics(context: CliContext, diagnostics: readonly LocatedDiagnostic[]): void {
  const colours = coloursOf(context, 'stderr');
  for (const diagnostic of diagnostics) context.process.stderr.write(diagnosticLine(diagnostic, colours));
}

function printError(context: CliContext, error: CliError, json: boolean): void {
  if (json) {
    const { code, message, next, diagnostics } = error;
    printJson(context, { error: { code, message, next }, diagnostics });
  }
  printDiagnostics(context, error.diagnostics);
  context.process.stderr.write(`gossamer: ${error.message}\n`);
  if (error.next !== undefined) context.process.stderr.write(`${error.next}\n`);
}
