import type { LocalAnswer, Refusal } from './exchange.ts';
import { grpcMessage, isGrpc } from './grpc.ts';
import { HeaderList } from './headers.ts';
import type { RequestHead, ResponseHead } from './message.ts';
import { REASONS, type Reason } from './reasons.ts';

/** An answer that the mesh gives by itself. */
export interface LocalReply extends ResponseHead {
  readonly body: string | null;
}

/** What a problem document says beside the refusal's own words. */
interface Wording {
  readonly title: string;
  readonly headers?: Readonly<Record<string, string>>;
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
  const { title, headers: more } = wordingOf(reason, status);
  const headers = HeaderList.from([
    ['content-type', 'application/problem+json'],
    ['cache-control', 'no-store'],
    ['mesh-reason', reason],
    ...Object.entries({ ...more, ...refusal.headers }),
  ]);
  if (refusal.challenge !== undefined) headers.set('www-authenticate', refusal.challenge);
  const type = `/docs/errors.md#${reason}`;
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

const ALLOW = { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' };
/** RFC 6750 3.1: of whoever sent a bearer token. */
const INVALID_TOKEN = { 'www-authenticate': 'Bearer error="invalid_token"' };
/** Seconds after which a router may have a snapshot: as often as it asks for one. */
const SOON = { 'retry-after': '1' };

function wordingOf(reason: Reason, status: number): Wording {
  switch (reason) {
    case 'route_not_found':
      return { title: 'No route matches the request' };
    case 'service_not_found':
      return { title: 'There is no such service in the mesh' };
    case 'backend_invalid':
      return { title: 'The route leads to no valid backend' };
    case 'no_healthy_upstream':
      return { title: 'The service has no endpoint that could answer' };
    case 'upstream_connect_failure':
      return { title: 'The service can not be reached' };
    case 'upstream_timeout':
      return { title: 'The service did not answer in time' };
    case 'upstream_reset':
      return { title: 'The service broke the connection off' };
    case 'deadline_exceeded':
      return { title: 'The time for the request is over' };
    case 'circuit_open':
      return { title: 'The service is failing and is left alone for a while' };
    case 'concurrency_limit':
      return { title: 'The service has too many requests at work' };
    case 'retry_budget_exhausted':
      return { title: 'Too many requests to the service are retries' };
    case 'retry_limit_exceeded':
      return { title: 'Every try failed' };
    case 'rate_limited':
      return { title: 'Too many requests' };
    case 'unauthenticated':
      return { title: 'The caller did not say who it is', headers: { 'www-authenticate': 'Workload-Identity' } };
    case 'token_invalid':
      return { title: 'The identity that was sent does not hold', ...(status === 401 && { headers: INVALID_TOKEN }) };
    case 'token_replayed':
      return { title: 'The proof of identity was used before' };
    case 'permission_denied':
      return { title: 'The call is not allowed' };
    case 'fault_injected':
      return { title: 'A fault was injected' };
    case 'delay_injected':
      return { title: 'A delay was injected' };
    case 'request_invalid':
      return { title: 'The request is not valid', ...(status === 405 && { headers: ALLOW }) };
    case 'request_too_large':
      return { title: 'The request is too large' };
    case 'loop_detected':
      return { title: 'The request goes round in a circle' };
    case 'snapshot_unavailable':
      return { title: 'The router has no policies to decide by', headers: SOON };
    case 'snapshot_stale':
      return { title: 'The policies of the router are too old', headers: SOON };
    case 'client_closed':
      return { title: 'The client went away' };
    case 'internal_error':
      return { title: 'The mesh failed' };
  }
}
