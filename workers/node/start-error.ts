/** The program cannot start. `message` is one line that names the cause and what to do next, without secrets. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** More lines for people, such as one a diagnostic. */
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[] = []) {
    super(message);
    this.lines = lines;
  }
}

/** Of a system error, what a person can act on. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return code ?? (error instanceof Error ? error.message : String(error));
}
