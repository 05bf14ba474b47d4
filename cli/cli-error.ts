import type { Diagnostic } from '../policy-store/resources/resource.ts';

/** A failure that its reader can act on: one message, and what to do next. Ends the command. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** Stable; for `--json`. */
  readonly code: string;
  /** What to do next. */
  readonly next: string | undefined;
  /** 1: the command ran and failed. 2: it was called wrongly. */
  readonly exitCode: 1 | 2;
  /** Problems of the documents, when that is what failed. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    code: string,
    message: string,
    more: { next?: string | undefined; exitCode?: 1 | 2; diagnostics?: readonly Diagnostic[] } = {},
  ) {
    super(message);
    this.code = code;
    this.next = more.next;
    this.exitCode = more.exitCode ?? 1;
    this.diagnostics = more.diagnostics ?? [];
  }
}

/** The message of anything that was thrown, with the cause that `fetch` hides behind "fetch failed". */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause instanceof Error ? thrown.cause.message : '';
  return cause === '' ? thrown.message : `${thrown.message}: ${cause}`;
}
