import type { Backend, ValidBackend } from '../../snapshot/route.ts';
import { type MaybePromise, Refusal } from '../exchange.ts';
import type { Addressed, Arrival, ChosenBackend, Routed, Screened } from '../facts.ts';
import type { HeaderList } from '../headers.ts';
import type { Principal } from '../identity/principal.ts';
import type { RouterPorts } from '../ports.ts';
import type { CompiledRule, CompiledTable } from './compile.ts';
import { corsPolicyOf, isPreflight } from './cors.ts';
import { andThen, loadService, type RoutingSnapshot } from './load-service.ts';
import { type FoundMatch, findMatch, type MatchInput } from './match.ts';
import { rewrittenPath } from './rewrite.ts';
import { backendHash, readSession, type SessionToken } from './session.ts';
import { pointOf, stickyText } from './sticky.ts';

/** What a route is chosen by. */
export interface Asked extends Pick<Arrival, 'request' | 'now'>, Pick<Screened, 'path' | 'query' | 'headers'> {
  readonly snapshot: RoutingSnapshot;
  readonly parts: { readonly ports: Pick<RouterPorts, 'random'> };
}

/**
 * The rule of a table that a request falls under, and one of its backends: that of its session, else by weight.
 * Synchronous when warm.
 * @param caller whom a choice may be bound to; null where callers are not told apart
 */
export function routeFrom(
  table: CompiledTable,
  facts: Asked,
  caller: Principal | null,
): MaybePromise<Routed | Refusal> {
  const { path, query, headers } = facts;
  const found = findRule(table, { path, method: facts.request.method, headers, query });
  if (found === undefined)
    return new Refusal('route_not_found', 'No rule of the attached routes matches this request.');
  const { rule } = found;
  if (rule.redirects) return { rule, matchedPrefix: prefixOf(found), backend: null, forwardedPath: path };
  const held = heldBackend(rule, headers, facts.now);
  if (held === undefined) return byWeight(found, facts, caller);
  const { session, backend } = held;
  return andThen(routedTo(found, backend, facts), (routed) =>
    routed instanceof Refusal || routed.backend?.service.chunk.endpoints.length === 0
      ? byWeight(found, facts, caller)
      : { ...routed, session },
  );
}

/**
 * The match of a request. A preflight that no rule with CORS takes by itself belongs to the rule of the request that it
 * announces: routes that name a method would never see it otherwise.
 */
export function findRule(table: CompiledTable, input: MatchInput): FoundMatch | undefined {
  const found = findMatch(table, input);
  if (!isPreflight(input) || (found && corsPolicyOf(found.rule.filters))) return found;
  const announced = findMatch(table, { ...input, method: input.headers.get('access-control-request-method') ?? '' });
  return announced && corsPolicyOf(announced.rule.filters) ? announced : found;
}

function byWeight(found: FoundMatch, facts: Asked, caller: Principal | null): MaybePromise<Routed | Refusal> {
  const { rule } = found;
  const share = backendAt(rule, stickyPoint(rule, facts.headers, caller) ?? facts.parts.ports.random.next());
  if (share === undefined) return invalidBackend(rule, 'the rule has no backend with a weight above 0');
  return routedTo(found, share, facts);
}

function routedTo(found: FoundMatch, share: Backend, { snapshot, path }: Asked): MaybePromise<Routed | Refusal> {
  const target = 'invalid' in share ? undefined : loadService(snapshot, share.namespace, share.name);
  return andThen(target, (loaded) => sendTo(found, share, loaded, path));
}

/** The session that a request is in, with its backend; undefined when there is none to honour. @param now see readSession */
export function heldBackend(
  rule: Pick<CompiledRule, 'session' | 'backends'>,
  headers: HeaderList,
  now: number | undefined,
): { readonly session: SessionToken; readonly backend: Backend } | undefined {
  const session = rule.session && readSession(rule.session, headers, now);
  const backend = session && rule.backends.find((one) => keepsSession(one, session));
  return session && backend && { session, backend };
}

const keepsSession = (backend: Backend, { backend: hash }: SessionToken): boolean =>
  !('invalid' in backend) && backendHash(`${backend.namespace}/${backend.name}`, backend.port) === hash;

/**
 * Where a sticky caller stands among the weights. Each route lays callers out anew, so that it is not the same few who
 * meet everything that is new.
 */
export function stickyPoint(
  { sticky, id }: Pick<CompiledRule, 'sticky' | 'id'>,
  headers: HeaderList,
  caller: Principal | null,
): number | undefined {
  const text = sticky && stickyText(sticky, headers, caller);
  return text === undefined ? undefined : pointOf(`${id.kind}/${id.namespace}/${id.name} ${text}`);
}

/** A call that falls to one backend of the rule that was found. @param target what the snapshot has for it */
export function sendTo(
  found: FoundMatch,
  share: Backend,
  target: Addressed | undefined,
  path: string,
): Routed | Refusal {
  const { rule } = found;
  if ('invalid' in share) return invalidBackend(rule, share.invalid);
  const backend = backendFrom(share, target);
  if (typeof backend === 'string') return invalidBackend(rule, backend);
  const matchedPrefix = prefixOf(found);
  const rewritten = rewrittenPath(path, matchedPrefix, [...rule.filters, ...share.filters]);
  if ('invalid' in rewritten) return invalidBackend(rule, rewritten.invalid);
  return { rule, matchedPrefix, backend, forwardedPath: rewritten.path };
}

/** The service behind a backendRef, or why it can not be used. A service without declared ports takes any. */
export function backendFrom(share: ValidBackend, target: Addressed | undefined): ChosenBackend | string {
  if (target === undefined) return `the snapshot has no service ${share.namespace}/${share.name}`;
  const { ports } = target.service.chunk;
  if (ports.length > 0 && !ports.some(({ port }) => port === share.port)) {
    return `service ${target.service.key} has no port ${share.port}`;
  }
  const { port, filters, appProtocol } = share;
  return { ...target, port, filters, ...(appProtocol !== undefined && { appProtocol }) };
}

/** The backend at a point of the cumulative weights; undefined when there is none with a weight. */
export function backendAt(rule: Pick<CompiledRule, 'backends' | 'totalWeight'>, chance: number): Backend | undefined {
  let left = chance * rule.totalWeight;
  for (const backend of rule.backends) {
    left -= backend.weight;
    // Not `<=`: at chance 0 a first backend of weight 0 must not be taken.
    if (left < 0) return backend;
  }
  // The product can round up to the whole weight.
  return rule.backends.findLast(({ weight }) => weight > 0);
}

export const prefixOf = ({ match }: FoundMatch): string | undefined =>
  match.path.type === 'PathPrefix' ? match.path.value : undefined;

const invalidBackend = (rule: CompiledRule, why: string): Refusal =>
  new Refusal('backend_invalid', 'The route that matches has no valid backend for this request.', {
    internal: `${rule.name}: ${why}`,
  });
