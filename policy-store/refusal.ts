import type { Diagnostic } from './resources/resource.ts';

/** Stable code of an answer of the admin API that is not a success; docs/errors.md has a line for each. */
export type RefusalCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'kind_unknown'
  | 'kind_ambiguous'
  | 'request_invalid'
  | 'request_too_large'
  | 'content_type_unsupported'
  | 'documents_invalid'
  | 'conflict'
  | 'dev_mode_only'
  | 'workload_key_invalid'
  | 'revocations_full'
  | 'join_tokens_full'
  | 'explain_unavailable'
  | 'database_busy'
  | 'database_unavailable'
  | 'store_closing'
  | 'internal_error';

const STATUS: Readonly<Record<RefusalCode, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  kind_unknown: 404,
  kind_ambiguous: 409,
  request_invalid: 400,
  request_too_large: 413,
  content_type_unsupported: 415,
  documents_invalid: 422,
  conflict: 409,
  dev_mode_only: 403,
  workload_key_invalid: 422,
  revocations_full: 409,
  join_tokens_full: 409,
  explain_unavailable: 503,
  database_busy: 503,
  database_unavailable: 503,
  store_closing: 503,
  internal_error: 500,
};

/** The store says no. `message` says what to do next and is safe to show; diagnostics say where in the documents. */
export class StoreRefusal extends Error {
  override readonly name = 'StoreRefusal';
  readonly code: RefusalCode;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly diagnostics: readonly Diagnostic[];

  constructor(code: RefusalCode, message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
    this.diagnostics = diagnostics;
  }
}

/** The store cannot start. `message` is one line that names the cause and what to do next, without secrets. */
export class StoreStartError extends Error {
  override readonly name = 'StoreStartError';
}
