import type { Filter } from '../../snapshot/route.ts';
import { decide } from '../authorization/decide.ts';
import { trialsOf, type Undecided } from '../authorization/trials.ts';
import { Refusal, type StageResult } from '../exchange.ts';
import type {
  Arrival,
  Authenticated,
  ChosenBackend,
  Copy,
  Mirrored,
  Outbound,
  Routed,
  Screened,
  Traced,
} from '../facts.ts';
import { callTo } from '../identity/call-to.ts';
import { copyTo, unsent } from '../mirroring/copy.ts';
import { boundsOf } from '../resilience/callers-bounds.ts';
import { keepBody } from '../resilience/keep-body.ts';
import { loadService } from '../routing/load-service.ts';

type Mirror = Extract<Filter, { type: 'RequestMirror' }>;
type Facts = Arrival & Screened & Traced & Authenticated & Routed & Outbound & Omit<Undecided, 'snapshot' | 'backend'>;

/**
 * Prepares the copies that RequestMirror filters ask for; they are sent once the answer's head is there, so that no
 * mirror keeps the caller waiting. Each mirror is judged as if it were the backend: one whose policies do not let the
 * caller in gets nothing.
 */
export function mirror(facts: Facts): StageResult<Mirrored> {
  const { rule, backend, request } = facts;
  // A tunnel has no copy: what goes through it is not a request.
  if (backend === null || request.upgrade !== undefined) return;
  const mirrors = [...(rule?.filters ?? []), ...backend.filters].filter((filter) => filter.type === 'RequestMirror');
  return mirrors.length === 0 ? undefined : prepare(facts, mirrors, backend);
}

async function prepare(
  facts: Facts,
  mirrors: readonly Mirror[],
  backend: ChosenBackend,
): Promise<Mirrored | Refusal | undefined> {
  const { random } = facts.parts.ports;
  const drawn = mirrors.filter(({ share }) => share >= 1 || random.next() < share);
  if (drawn.length === 0) return undefined;
  const body = await bodyOf(facts, backend);
  if (body instanceof Refusal) return body;
  return { copies: await Promise.all(drawn.map((filter) => copyFor(facts, filter, body))) };
}

/** Copies need the body in memory. What can only be streamed goes to the backend alone. */
async function bodyOf(facts: Facts, backend: ChosenBackend): Promise<'kept' | 'stream' | Refusal> {
  const { body, cancellation, parts } = facts;
  if (body.empty) return 'kept';
  const bounds = boundsOf(facts, backend);
  if (bounds instanceof Refusal) return bounds;
  return keepBody({
    clock: parts.ports.clock,
    cancellation,
    body,
    bounds,
    cap: backend.service.chunk.traffic.retry.replayCap,
  });
}

async function copyFor(facts: Facts, { backend: to }: Mirror, body: 'kept' | 'stream'): Promise<Copy> {
  const key = `${to.namespace}/${to.name}`;
  const target = await loadService(facts.snapshot, to.namespace, to.name);
  if (target === undefined || target.service.chunk.endpoints.length === 0) return unsent(key, 'no_endpoint');
  const backend = { ...target, port: to.port, filters: facts.backend?.filters ?? [] };
  const decision = decide(trialsOf({ ...facts, backend }));
  if ('why' in decision) return unsent(key, 'denied');
  if (body === 'stream') return unsent(key, 'body_not_kept');
  const { chunk } = target.service;
  const call = await callTo(chunk, decision.decidedBy, facts, facts.outbound.target);
  if (call instanceof Refusal) return unsent(key, 'body_not_kept');
  const meshCall = await facts.parts.signer.sign(call, facts.now);
  return copyTo({ ...to, service: target.service }, meshCall, facts);
}
