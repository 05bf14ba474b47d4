import { MeshError, type MeshErrorCode } from './mesh-error.ts';

/** How a request is answered that may not come in (RFC 9457). */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const TITLES: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  413: 'Content Too Large',
  503: 'Service Unavailable',
};
const STATUS: Readonly<Partial<Record<MeshErrorCode, number>>> = {
  mesh_call_invalid: 403,
  body_too_large: 413,
  trust_bundle_unavailable: 503,
  replay_memory_full: 503,
};

/**
 * The answer to a request that was refused: 403, 413, or 503 while nothing can be judged. A caller learns what is wrong
 * with its own request, and nothing about where this service has its keys from.
 * @throws whatever was thrown, when it is no refusal
 */
export function refusalAnswer(error: unknown): RefusalAnswer {
  const status = error instanceof MeshError ? STATUS[error.code] : undefined;
  if (!(error instanceof MeshError) || status === undefined) throw error;
  const detail = status === 503 ? 'this service can not judge its callers at the moment' : error.message;
  const body = JSON.stringify({ type: 'about:blank', title: TITLES[status], status, code: error.code, detail });
  // What is left of a body that is too large is not read: the connection can carry nothing after it.
  const close = status === 413 ? { connection: 'close' } : {};
  return {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...close },
    body,
  };
}
