import { Refusal } from '../exchange.ts';
import type { Arrival, Authenticated, ChosenBackend, Routed, Screened } from '../facts.ts';
import { isGrpc, parseGrpcTimeout } from '../grpc.ts';
import { parseDeadline, type TimeBounds, timeBounds } from './deadline.ts';
import { parseRequestTimeout } from './request-timeout.ts';

type Facts = Pick<Arrival, 'parts' | 'now'> & Pick<Screened, 'headers' | 'meshHeaders'> & Authenticated;

/** The time for a request, by the policies and by its caller, whichever is less. */
export function boundsOf(
  facts: Facts & Pick<Routed, 'rule'>,
  backend: Pick<ChosenBackend, 'service'>,
): TimeBounds | Refusal {
  const callers = callersDeadline(facts);
  if (callers instanceof Refusal) return callers;
  return timeBounds(facts.now, facts.rule?.timeouts ?? {}, backend.service.chunk.traffic, callers);
}

/** Number that the caller gives this request; above 1 the caller's side is retrying already. */
export function callersAttempt(facts: Facts): number {
  const { attempt } = facts.meshHeaders;
  return attempt !== undefined && believed(facts) && /^\d{1,3}$/.test(attempt) ? Number(attempt) : 1;
}

/** Mesh-Deadline and Mesh-Attempt count only from callers whose identity was verified; at a gateway nobody's is. */
const believed = (facts: Facts): boolean => facts.parts.reporter === 'router' && facts.principal !== null;

function callersDeadline(facts: Facts): number | undefined | Refusal {
  const told = meshDeadline(facts);
  const timeout = timeoutDeadline(facts);
  if (told instanceof Refusal || timeout === undefined) return told;
  if (timeout instanceof Refusal || told === undefined) return timeout;
  return Math.min(told, timeout);
}

function meshDeadline(facts: Facts): number | undefined | Refusal {
  const text = facts.meshHeaders.deadline;
  if (text === undefined || !believed(facts)) return undefined;
  return (
    parseDeadline(text) ?? new Refusal('request_invalid', 'Mesh-Deadline must be whole milliseconds since the epoch.')
  );
}

/** Anybody's: it goes on to the upstream anyway, and it can only shorten. */
function timeoutDeadline({ headers, now }: Facts): number | undefined | Refusal {
  if (!isGrpc(headers)) {
    const timeout = parseRequestTimeout(headers.get('request-timeout') ?? '');
    return timeout && now + timeout;
  }
  const text = headers.get('grpc-timeout');
  if (text === undefined) return undefined;
  const timeout = parseGrpcTimeout(text);
  return timeout === undefined
    ? new Refusal('request_invalid', 'grpc-timeout must be one to eight digits and a unit (H, M, S, m, u, n).')
    : now + timeout;
}
