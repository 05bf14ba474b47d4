import type { LocalAnswer, Refusal } from './exchange.ts';
import { grpcMessage, isGrpc } from './grpc.ts';
import { HeaderList } from './headers.ts';
import type { RequestHead, ResponseHead } from './message.ts';
import { METHODS } from './methods.ts';
import { REASONS, type Reason } from './reasons.ts';

/** An answer that the mesh gives by itself. */
export interface LocalReply extends ResponseHead {
  readonly body: string | null;
}

/** A refusal in the words of the protocol that the caller speaks. */
export const refusalReply = (refusal: Refusal, decisionId: string, request: RequestHead): LocalReply =>
  isGrpc(request.headers) ? grpcReply(refusal) : problemReply(refusal, decisionId, request.method);

/**
 * Turns a refusal into an RFC 9457 problem document. Of the refusal `reason`, `check`, `status` and `detail` go out:
 * `internal` stays inside.
 * @param method of the request: an answer to HEAD has no body
 */
export function problemReply(refusal: Refusal, decisionId: string, method: string): LocalReply {
  const { reason, status, detail, check } = refusal;
  const headers = HeaderList.from([
    ['content-type', 'application/problem+json'],
    ['cache-control', 'no-store'],
    ['mesh-reason', reason],
    ...Object.entries({ ...usualHeaders(reason, status), ...refusal.headers }),
  ]);
  if (refusal.challenge !== undefined) headers.set('www-authenticate', refusal.challenge);
  const type = `/docs/errors.md#${reason}`;
  const title = `Refused by the mesh: ${reason.replaceAll('_', ' ')}`;
  const body = JSON.stringify({ type, title, status, code: reason, check, detail, instance: decisionId });
  return { status, headers, body: method === 'HEAD' ? null : body };
}

/**
 * A refusal for a gRPC caller: HTTP 200 and nothing but headers, which gRPC reads as trailers (Trailers-Only in
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Says what a problem document says, and no more.
 */
function grpcReply(refusal: Refusal): LocalReply {
  const { reason, detail, grpcStatus = REASONS[reason].grpc, headers: more } = refusal;
  const headers = HeaderList.from([
    ['content-type', 'application/grpc'],
    ['grpc-status', String(grpcStatus)],
    ['grpc-message', grpcMessage(detail)],
    ['mesh-reason', reason],
    ...Object.entries(more ?? {}),
  ]);
  return { status: 200, headers, body: null };
}

/** An answer that policy gives, such as a redirect. */
export function answerReply(answer: LocalAnswer): LocalReply {
  const { status, headers, body } = answer;
  return { status, headers, body };
}

const ALLOW = { allow: METHODS.join(', ') };
/** RFC 6750 3.1: of whoever sent a bearer token. */
const INVALID_TOKEN = { 'www-authenticate': 'Bearer error="invalid_token"' };
/** Seconds after which a router may have a snapshot: as often as it asks for one. */
const SOON = { 'retry-after': '1' };

function usualHeaders(reason: Reason, status: number): Readonly<Record<string, string>> | undefined {
  switch (reason) {
    case 'unauthenticated':
      return { 'www-authenticate': 'Workload-Identity' };
    case 'token_invalid':
      return status === 401 ? INVALID_TOKEN : undefined;
    case 'request_invalid':
      return status === 405 ? ALLOW : undefined;
    case 'snapshot_unavailable':
    case 'snapshot_stale':
      return SOON;
    default:
      return undefined;
  }
}
